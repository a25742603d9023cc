/**
 * A member of a group as a process of its own: `node group-member.ts URL GROUP SESSION_MS [LINGER_MS]`. Prints
 * `record PARTITION OFFSET` for each record it has processed, `assigned PARTITION...`, `revoked PARTITION...` and `lost
 * PARTITION...`. With LINGER_MS it commits each batch itself, that long after it was processed, and prints `committed` or
 * `refused CODE`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, isStratalogError, type TopicPartition } from '../../lib/sdk/index.ts';

const [url = '', group = '', session = '3000', linger] = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);
const tell = (what: string) => (partitions: readonly TopicPartition[]) =>
  say([what, ...partitions.map(({ partition }) => partition)].join(' '));

const consumer = new Consumer({
  url,
  group,
  offsetReset: 'earliest',
  sessionTimeoutMs: Number(session),
  autoCommitIntervalMs: linger === undefined ? 200 : 0,
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
  if (linger === undefined) continue;
  await sleep(Number(linger));
  await consumer.commit().then(
    () => say('committed'),
    (error) => say(`refused ${isStratalogError(error) ? error.code : error}`),
  );
}
