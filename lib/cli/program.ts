/** The command line as a whole: commands, exit codes, and how failures are told. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { isStratalogError } from '../core/errors.ts';
import { consumeCommand } from './consume.ts';
import { costCommand } from './cost.ts';
import { gatewayCommand } from './gateway.ts';
import { groupCommand } from './group.ts';
import type { Host } from './host.ts';
import { maintenanceCommand } from './maintenance.ts';
import { offsetsCommand } from './offsets.ts';
import { produceCommand } from './produce.ts';
import { segmentDumpCommand } from './segment-dump.ts';
import { serveCommand } from './serve.ts';
import { isBrokenPipe, red, type Terminal, write } from './terminal.ts';
import { topicAlterCommand } from './topic-alter.ts';
import { topicCreateCommand } from './topic-create.ts';
import { topicDeleteCommand } from './topic-delete.ts';
import { topicDescribeCommand } from './topic-describe.ts';
import { topicListCommand } from './topic-list.ts';

/** 0: done; 1: it failed; 2: the command line itself is wrong. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line (without node and script) and answers the exit code; never throws. */
export async function runCli(args: readonly string[], terminal: Terminal, host: Host): Promise<ExitCode> {
  const program = buildProgram(terminal, host);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    return await report(error, args.includes('--json'), terminal);
  }
}

function buildProgram(terminal: Terminal, host: Host): Command {
  const program = new Command('stratalog')
    .description("Kafka's log without the brokers: records on object storage, or on one folder.")
    .version(host.version)
    .addHelpText(
      'after',
      '\nExamples:\n  stratalog serve\n  stratalog topic create orders --partitions 6\n  echo hello | stratalog produce orders\n  stratalog consume orders --from earliest',
    );
  const topic = new Command('topic').description('create, list, describe, alter and delete topics');
  for (const make of [topicCreateCommand, topicListCommand, topicDescribeCommand, topicAlterCommand, topicDeleteCommand]) {
    topic.addCommand(make(terminal));
  }
  const segment = new Command('segment').description('look into segment files').addCommand(segmentDumpCommand(terminal));
  program.addCommand(serveCommand(terminal, host));
  program.addCommand(gatewayCommand(terminal, host));
  program.addCommand(topic);
  for (const make of [produceCommand, consumeCommand, offsetsCommand]) program.addCommand(make(terminal));
  program.addCommand(groupCommand(terminal));
  program.addCommand(segment);
  program.addCommand(maintenanceCommand(terminal));
  program.addCommand(costCommand(terminal));
  prepare(program, terminal);
  return program;
}

/** Output goes to the given terminal, and wrong usage is thrown instead of ending the process. */
function prepare(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.showHelpAfterError('(add --help for what there is)');
  command.configureOutput({
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: (text) => void terminal.stderr.write(text),
    outputError: (text, print) => print(red(terminal, text)),
  });
  for (const child of command.commands) prepare(child, terminal);
}

async function report(error: unknown, json: boolean, terminal: Terminal): Promise<ExitCode> {
  if (error instanceof InvalidArgumentError) {
    await tell(terminal, red(terminal, `error: ${error.message}\n`));
    return 2;
  }
  if (error instanceof CommanderError) {
    // Commander has printed it; asking for help or the version is no error.
    return error.code === 'commander.helpDisplayed' ||
      error.code === 'commander.version' ||
      (error.code === 'commander.help' && error.exitCode === 0)
      ? 0
      : 2;
  }
  if (isBrokenPipe(error)) return 0;
  if (terminal.interrupted.aborted && error === terminal.interrupted.reason) return 0;
  const message = error instanceof Error ? error.message : String(error);
  const code = isStratalogError(error) ? error.code : 'INTERNAL';
  const details = isStratalogError(error) ? error.details : {};
  await tell(terminal, json ? `${JSON.stringify({ error: { code, message, details } })}\n` : red(terminal, `error: ${message}\n`));
  return 1;
}

async function tell(terminal: Terminal, text: string): Promise<void> {
  await write(terminal.stderr, text).catch(() => undefined);
}
