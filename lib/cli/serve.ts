/** `stratalog serve` */
import { Command, Option } from 'commander';
import { hostPort, wholeNumber } from './arguments.ts';
import type { Host, HostPort, ServeOptions } from './host.ts';
import { type Terminal, write } from './terminal.ts';

/** Zones of an embedded server: each is a folder with a copy of every segment. */
const ZONES_MAX = 16;

export function serveCommand(terminal: Terminal, host: Host): Command {
  return new Command('serve')
    .summary('run a server on a folder')
    .description(
      'Runs a server on a folder: HTTP API and Kafka protocol. Prints a line that starts with "ready" when it answers, logs to standard error, and ends in good order on Ctrl-C.',
    )
    .option('--data <folder>', 'where the data is kept; made when it is not there', './data')
    .option('--http <host:port>', "where the HTTP API listens, or 'off'", hostPort, hostPort('127.0.0.1:8080'))
    .option('--kafka <host:port>', "where the Kafka protocol listens, or 'off'", hostPort, hostPort('127.0.0.1:9092'))
    .option('--zones <n>', `copies of every segment, each in its own folder, 1 to ${ZONES_MAX}`, wholeNumber(1, ZONES_MAX), 1)
    .addOption(new Option('--log-level <level>', 'what is logged').choices(['debug', 'info', 'warn', 'error']).default('info'))
    .addHelpText('after', '\nExamples:\n  stratalog serve\n  stratalog serve --data /var/lib/stratalog --http 0.0.0.0:8080 --kafka off')
    .action(async (given: { data: string; http?: HostPort; kafka?: HostPort; zones: number; logLevel: ServeOptions['logLevel'] }) => {
      const { data, http, kafka, zones, logLevel } = given;
      await host.serve({ data, http, kafka, zones, logLevel }, terminal.interrupted, (line) => {
        void write(terminal.stdout, `${line}\n`).catch(() => undefined);
      });
    });
}
