/** `stratalog gateway` */
import type { Command } from 'commander';
import type { Host } from './host.ts';
import { serverCommand } from './server-command.ts';
import type { Terminal } from './terminal.ts';

export function gatewayCommand(terminal: Terminal, host: Host): Command {
  return serverCommand(terminal, {
    name: 'gateway',
    summary: 'speak the Kafka protocol for a deployment',
    description:
      'Runs a Kafka gateway alone. In front of a deployment on AWS it keeps nothing itself: run as many as you like. ' +
      'The deployment is named by STRATALOG_TABLE and STRATALOG_ZONES; credentials come from the usual AWS chain. ' +
      'With --data it is in front of a folder, which one process has at a time.',
    options: [
      ['--kafka <host:port>', 'where it listens (default: 127.0.0.1:9092)'],
      ['--http <host:port>', "where the HTTP API listens beside it, or 'off' (default: off)"],
      ['--data <folder>', 'a folder in place of a deployment; made when it is not there'],
      ['--advertised <host:port>', 'what clients are told to connect to (default: where it listens)'],
      ['--rack <zone>', 'its zone; clients that name it with client.rack or zone= in client.id are sent here'],
    ],
    examples: [
      'stratalog gateway --kafka 0.0.0.0:9092 --advertised broker.example.org:9092 --rack eu-central-1a',
      'stratalog gateway --http off --data /var/lib/stratalog',
    ],
    run: (flags, interrupted, say) => host.gateway(flags, interrupted, say),
  });
}
