/**
 * A member of a group as a process of its own, which is told on standard input how to work on the records of the topic `work`:
 * `node group-worker.ts URL GROUP SESSION_MS`, then lines of `quick` (as it begins), `slow` (20 ms each) or `hang`, which it
 * confirms. Commits each 100 ms.
 */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '../../lib/sdk/index.ts';

const [url = '', group = '', session = '3000'] = process.argv.slice(2);
let pace = 'quick';
createInterface(process.stdin).on('line', (line) => {
  pace = line;
  process.stdout.write(`now ${line}\n`);
});
const consumer = new Consumer({
  url,
  group,
  offsetReset: 'earliest',
  sessionTimeoutMs: Number(session),
  autoCommitIntervalMs: 100,
  maxWaitMs: 100,
});
consumer.subscribe(['work']);
for await (const _ of consumer) {
  if (pace === 'slow') await sleep(20);
  while (pace === 'hang') await sleep(20);
}
