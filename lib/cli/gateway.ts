/** `stratalog gateway` */
import { Command, InvalidArgumentError } from 'commander';
import { isStratalogError } from '../core/errors.ts';
import type { Host, ServeFlags } from './host.ts';
import { type Terminal, write } from './terminal.ts';

export function gatewayCommand(terminal: Terminal, host: Host): Command {
  return new Command('gateway')
    .summary('speak the Kafka protocol for a deployment')
    .description(
      'Runs a Kafka gateway alone. In front of a deployment on AWS it keeps nothing itself: run as many as you like. ' +
        'The deployment is named by STRATALOG_TABLE and STRATALOG_ZONES; credentials come from the usual AWS chain. ' +
        'With --data it is in front of a folder, which one process has at a time.',
    )
    .option('--kafka <host:port>', 'where it listens (default: 127.0.0.1:9092)')
    .option('--http <host:port>', "where the HTTP API listens beside it, or 'off' (default: off)")
    .option('--data <folder>', 'a folder in place of a deployment; made when it is not there')
    .option('--advertised <host:port>', 'what clients are told to connect to (default: where it listens)')
    .option('--rack <zone>', 'its zone; clients that name it with client.rack or zone= in client.id are sent here')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
    .option('--auto-create-topics <on|off>', 'whether a Kafka client that asks for a topic that is not there has it created (default: on)')
    .option('--default-partitions <n>', 'partitions of topics created without a count (default: 1)')
    .option('--append-buffer-bytes <n>', 'accepted, unanswered bytes; past it producers are told to wait')
    .option('--shutdown-grace-ms <n>', 'how long requests under way may take to end (default: 10000)')
    .addHelpText(
      'after',
      [
        '',
        'Each option may be given as a variable too: --log-level is STRATALOG_LOG_LEVEL.',
        '',
        'Examples:',
        '  stratalog gateway --kafka 0.0.0.0:9092 --advertised broker.example.org:9092 --rack eu-central-1a',
        '  stratalog gateway --http off --data /var/lib/stratalog',
      ].join('\n'),
    )
    .action(async (flags: ServeFlags) => {
      try {
        await host.gateway(flags, terminal.interrupted, (line) => {
          void write(terminal.stdout, `${line}\n`).catch(() => undefined);
        });
      } catch (error) {
        throw isStratalogError(error, 'INVALID_CONFIG') ? new InvalidArgumentError(error.message) : error;
      }
    });
}
