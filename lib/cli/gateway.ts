/** `stratalog gateway` */
import { Command, InvalidArgumentError } from 'commander';
import { isStratalogError } from '../core/errors.ts';
import type { Host, ServeFlags } from './host.ts';
import { type Terminal, write } from './terminal.ts';

export function gatewayCommand(terminal: Terminal, host: Host): Command {
  return new Command('gateway')
    .summary('speak the Kafka protocol for a deployment')
    .description(
      'Runs a Kafka gateway in front of a deployment on AWS. It keeps nothing itself: run as many as you like. ' +
        'The deployment is named by STRATALOG_TABLE and STRATALOG_ZONES; credentials come from the usual AWS chain.',
    )
    .option('--kafka <host:port>', 'where it listens (default: 127.0.0.1:9092)')
    .option('--advertised <host:port>', 'what clients are told to connect to (default: where it listens)')
    .option('--rack <zone>', 'its zone; clients that name it with client.rack or zone= in client.id are sent here')
    .option('--log-level <level>', 'debug, info, warn or error (default: info)')
    .addHelpText(
      'after',
      '\nExamples:\n  stratalog gateway --kafka 0.0.0.0:9092 --advertised broker.example.org:9092\n  stratalog serve --http off    (on a folder)',
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
