/** `stratalog serve` */
import type { Command } from 'commander';
import type { Host } from './host.ts';
import { serverCommand } from './server-command.ts';
import type { Terminal } from './terminal.ts';

export function serveCommand(terminal: Terminal, host: Host): Command {
  return serverCommand(terminal, {
    name: 'serve',
    summary: 'run a server on a folder',
    description:
      'Runs a server on a folder: HTTP API and Kafka protocol. Prints a line that starts with "ready" when it answers, logs to standard error, and ends in good order on Ctrl-C.',
    options: [
      ['--data <folder>', 'where the data is kept; made when it is not there (default: ./data)'],
      ['--http <host:port>', "where the HTTP API listens, or 'off' (default: 127.0.0.1:8080)"],
      ['--kafka <host:port>', "where the Kafka protocol listens, or 'off' (default: 127.0.0.1:9092)"],
      ['--advertised <host:port>', 'what Kafka clients are told to connect to (default: where it listens)'],
      ['--rack <zone>', 'its zone, told to Kafka clients'],
      ['--zones <n>', 'copies of every segment, each in its own folder, 1 to 16 (default: 1)'],
      ['--cors-origins <origins>', "origins that browsers may call from, by commas; '*' for all (default: none)"],
      ['--http-body-bytes <n>', 'largest HTTP body that is read whole'],
      ['--append-timeout-ms <n>', 'how long an append waits for its answer'],
      ['--flushes-in-flight <n>', 'flushes under way at once'],
      ['--read-cache-bytes <n>', 'bytes of the newest records kept in memory for readers'],
      ['--lag-sample-ms <n>', 'distance of two looks at the lag of consumer groups (default: 5000)'],
      ['--maintenance <on|off>', 'whether retention, merge, compaction and sweep run by themselves (default: on)'],
    ],
    examples: ['stratalog serve', 'stratalog serve --data /var/lib/stratalog --http 0.0.0.0:8080 --kafka off'],
    run: (flags, interrupted, say) => host.serve(flags, interrupted, say),
  });
}
