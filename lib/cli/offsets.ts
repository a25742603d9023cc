/** `stratalog offsets` */
import { Command, InvalidArgumentError } from 'commander';
import type { OffsetAt } from '../sdk/index.ts';
import { startAt, wholeNumber, withAdmin, withConnection } from './arguments.ts';
import { table } from './table.ts';
import { type Terminal, write } from './terminal.ts';

export function offsetsCommand(terminal: Terminal): Command {
  const command = new Command('offsets')
    .summary('look up offsets of a topic')
    .description('Shows the first and end offset of each partition, or with --at the offset that belongs to a time or meaning.')
    .argument('<topic>')
    .option('--partition <n>', 'one partition only', wholeNumber(0))
    .option('--at <when>', 'earliest, latest, max-timestamp, or a time like 2026-03-01T12:00:00Z: first record at or after it', offsetAt)
    .addHelpText('after', '\nExamples:\n  stratalog offsets orders\n  stratalog offsets orders --at 2026-03-01T12:00:00Z');
  return withConnection(command, terminal).action(
    async (topic: string, options: { partition?: number; at?: OffsetAt; url: string; json?: boolean }) => {
      const signal = terminal.interrupted;
      const { at } = options;
      await withAdmin(options.url, async (admin) => {
        const { offsets } = await admin.describeTopic(topic, { signal });
        const wanted = offsets.filter(({ partition }) => options.partition === undefined || partition === options.partition);
        if (at === undefined) {
          const rows = wanted.map(({ partition, startOffset, endOffset }) => [partition, startOffset, endOffset]);
          return write(terminal.stdout, options.json ? `${JSON.stringify(wanted)}\n` : table(['PARTITION', 'START', 'END'], rows));
        }
        const found = await Promise.all(
          wanted.map(async ({ partition }) => ({ partition, ...(await admin.listOffset(topic, partition, at, { signal })) })),
        );
        const rows = found.map(({ partition, offset, timestamp }) => [
          partition,
          offset,
          timestamp < 0 ? '-' : new Date(timestamp).toISOString(),
        ]);
        return write(terminal.stdout, options.json ? `${JSON.stringify(found)}\n` : table(['PARTITION', 'OFFSET', 'TIMESTAMP'], rows));
      });
    },
  );
}

function offsetAt(text: string): OffsetAt {
  if (text === 'max-timestamp') return text;
  const at = startAt(text);
  if (typeof at === 'number')
    throw new InvalidArgumentError('It must be earliest, latest, max-timestamp, or a time like 2026-03-01T12:00:00Z.');
  return typeof at === 'object' ? at.time : at;
}
