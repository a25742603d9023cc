/**
 * A member of a group as a process of its own: `node group-member.ts URL GROUP SESSION_MS`. Prints `record PARTITION OFFSET`
 * for each record it has processed, `assigned N` and `lost N`.
 */
import { Consumer } from '../../lib/sdk/index.ts';

const [url = '', group = '', session = '3000'] = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const consumer = new Consumer({
  url,
  group,
  offsetReset: 'earliest',
  sessionTimeoutMs: Number(session),
  autoCommitIntervalMs: 200,
  maxWaitMs: 100,
  onAssigned: (partitions) => say(`assigned ${partitions.length}`),
  onLost: (partitions) => say(`lost ${partitions.length}`),
});
process.once('SIGTERM', () => void consumer.close());
consumer.subscribe(['events']);
say(`member ${consumer.memberId}`);
for await (const { records, partition } of consumer.batches()) {
  for (const { offset } of records) say(`record ${partition} ${offset}`);
}
