/**
 * A member of a group as a process of its own: `node group-member.ts URL GROUP SESSION_MS [freeze]`. Prints
 * `record PARTITION OFFSET` for each record it has processed, `assigned PARTITION...`, `revoked PARTITION...` and `lost
 * PARTITION...`. With `freeze` it commits each batch itself and prints `committed` or `refused CODE`; between its first batch
 * and that one's commit it stops itself (SIGSTOP), so that the commit is what it does first when it thaws.
 */
import { Consumer, isStratalogError, type TopicPartition } from '../../lib/sdk/index.ts';

const [url = '', group = '', session = '3000', freeze] = process.argv.slice(2);
let isToFreeze = freeze === 'freeze';
const commitsItself = isToFreeze;
const say = (line: string) => void process.stdout.write(`${line}\n`);
const tell = (what: string) => (partitions: readonly TopicPartition[]) =>
  say([what, ...partitions.map(({ partition }) => partition)].join(' '));

const consumer = new Consumer({
  url,
  group,
  offsetReset: 'earliest',
  sessionTimeoutMs: Number(session),
  autoCommitIntervalMs: commitsItself ? 0 : 200,
  maxWaitMs: 100,
  onAssigned: tell('assigned'),
  onRevoked: tell('revoked'),
  onLost: tell('lost'),
});
process.once('SIGTERM', () => void consumer.close());
consumer.subscribe(['events']);
say(`member ${consumer.memberId}`);
for await (const batch of consumer.batches()) {
  for (const { partition, offset } of batch) {
    say(`record ${partition} ${offset}`);
    consumer.processed({ topic: 'events', partition, offset });
  }
  if (!commitsItself) continue;
  if (isToFreeze) process.kill(process.pid, 'SIGSTOP');
  isToFreeze = false;
  await consumer.commit().then(
    () => say('committed'),
    (error) => say(`refused ${isStratalogError(error) ? error.code : error}`),
  );
}
