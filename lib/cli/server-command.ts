/** What `serve` and `gateway` have in common: a process that stands until it is interrupted. */
import { Command, InvalidArgumentError } from 'commander';
import { isStratalogError } from '../core/errors.ts';
import type { ServeFlags } from './host.ts';
import { type Terminal, write } from './terminal.ts';

type Option = readonly [flag: string, says: string];

/** Options that both take, in the order in which both show them. */
const SHARED: readonly Option[] = [
  ['--log-level <level>', 'debug, info, warn or error (default: info)'],
  ['--auto-create-topics <on|off>', 'whether a Kafka client that asks for a topic that is not there has it created (default: on)'],
  ['--default-partitions <n>', 'partitions of topics created without a count (default: 1)'],
  ['--append-buffer-bytes <n>', 'accepted, unanswered bytes; past it producers are told to wait'],
  ['--shutdown-grace-ms <n>', 'how long requests under way may take to end (default: 10000)'],
];

export interface ServerCommand {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** What it takes besides the options of both. */
  readonly options: readonly Option[];
  readonly examples: readonly string[];
  /** Runs until the signal; tells lines for standard output. */
  readonly run: (flags: ServeFlags, interrupted: AbortSignal, say: (line: string) => void) => Promise<void>;
}

export function serverCommand(terminal: Terminal, { name, summary, description, options, examples, run }: ServerCommand): Command {
  const command = new Command(name).summary(summary).description(description);
  for (const [flag, says] of [...options, ...SHARED]) command.option(flag, says);
  const variables = 'Each option may be given as a variable too: --log-level is STRATALOG_LOG_LEVEL.';
  return command
    .addHelpText('after', ['', variables, '', 'Examples:', ...examples.map((example) => `  ${example}`)].join('\n'))
    .action(async (flags: ServeFlags) => {
      try {
        await run(flags, terminal.interrupted, (line) => {
          void write(terminal.stdout, `${line}\n`).catch(() => undefined);
        });
      } catch (error) {
        throw isStratalogError(error, 'INVALID_CONFIG') ? new InvalidArgumentError(error.message) : error;
      }
    });
}
