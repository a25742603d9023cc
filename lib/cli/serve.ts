/** `stratalog serve` */
import { Command, InvalidArgumentError } from 'commander';
import { isStratalogError } from '../core/errors.ts';
import type { Host, ServeFlags } from './host.ts';
import { type Terminal, write } from './terminal.ts';

export function serveCommand(terminal: Terminal, host: Host): Command {
  return new Command('serve')
    .summary('run a server on a folder')
    .description(
      'Runs a server on a folder: HTTP API and Kafka protocol. Prints a line that starts with "ready" when it answers, logs to standard error, and ends in good order on Ctrl-C.',
    )
    .option('--data <folder>', 'where the data is kept; made when it is not there (default: ./data)')
    .option('--http <host:port>', "where the HTTP API listens, or 'off' (default: 127.0.0.1:8080)")
    .option('--kafka <host:port>', "where the Kafka protocol listens, or 'off' (default: 127.0.0.1:9092)")
    .option('--advertised <host:port>', 'what Kafka clients are told to connect to (default: where it listens)')
    .option('--rack <zone>', 'its zone, told to Kafka clients')
    .option('--zones <n>', 'copies of every segment, each in its own folder, 1 to 16 (default: 1)')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
    .option('--auto-create-topics <on|off>', 'whether a Kafka client that asks for a topic that is not there has it created (default: on)')
    .option('--default-partitions <n>', 'partitions of topics created without a count (default: 1)')
    .option('--cors-origins <origins>', "origins that browsers may call from, by commas; '*' for all (default: none)")
    .option('--http-body-bytes <n>', 'largest HTTP body that is read whole')
    .option('--append-buffer-bytes <n>', 'accepted, unanswered bytes; past it producers are told to wait')
    .option('--append-timeout-ms <n>', 'how long an append waits for its answer')
    .option('--flushes-in-flight <n>', 'flushes under way at once')
    .option('--read-cache-bytes <n>', 'bytes of the newest records kept in memory for readers')
    .option('--lag-sample-ms <n>', 'distance of two looks at the lag of consumer groups (default: 5000)')
    .option('--maintenance <on|off>', 'whether retention, merge, compaction and sweep run by themselves (default: on)')
    .option('--shutdown-grace-ms <n>', 'how long requests under way may take to end (default: 10000)')
    .addHelpText(
      'after',
      [
        '',
        'Each option may be given as a variable too: --log-level is STRATALOG_LOG_LEVEL.',
        '',
        'Examples:',
        '  stratalog serve',
        '  stratalog serve --data /var/lib/stratalog --http 0.0.0.0:8080 --kafka off',
      ].join('\n'),
    )
    .action(async (flags: ServeFlags) => {
      try {
        await host.serve(flags, terminal.interrupted, (line) => {
          void write(terminal.stdout, `${line}\n`).catch(() => undefined);
        });
      } catch (error) {
        throw isStratalogError(error, 'INVALID_CONFIG') ? new InvalidArgumentError(error.message) : error;
      }
    });
}
