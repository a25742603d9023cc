/**
 * Appends records one by one at a fixed rate, with a heap as a server's, and prints what each took as a line of JSON:
 * `node latency-process.ts TARGET PER_SECOND WARM_UP COUNT`. The target is the folder of a log in this process, or the URL of a server.
 */
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { setHeapForServing } from '../../lib/runtime/heap.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { Admin, Producer } from '../../lib/sdk/index.ts';
import { paced } from './paced.ts';

/** What the benchmark reads: ms of each record, of those that warmed the code up and of those that came then. */
export interface Latencies {
  readonly first: readonly number[];
  readonly then: readonly number[];
}

interface Target {
  send(): Promise<unknown>;
  close(): Promise<void>;
}

const TOPIC = 'bench';
const RECORD_BYTES = 1_024;

async function engineIn(folder: string): Promise<Target> {
  const onFatal = (error: unknown): never => {
    throw error;
  };
  const { engine, close } = await openLocalEngine({ folder, onFatal });
  await engine.topics.create({ name: TOPIC, partitions: 1 });
  const builder = new RecordBatchBuilder({}, 2 * RECORD_BYTES);
  builder.tryAppend({ timestamp: Date.now(), key: null, value: Buffer.alloc(RECORD_BYTES, 'x') });
  const batch = builder.build();
  // The log writes offsets into what it is given.
  return { send: () => engine.append({ topic: TOPIC, partition: 0, batches: Buffer.from(batch), acks: -1 }), close };
}

async function serverAt(url: string): Promise<Target> {
  await using admin = new Admin({ url });
  await admin.createTopic({ name: TOPIC, partitions: 1 });
  const producer = new Producer({ url, lingerMs: 0 });
  const value = Buffer.alloc(RECORD_BYTES, 'x');
  return { send: () => producer.send({ topic: TOPIC, partition: 0, value }), close: () => producer.close() };
}

setHeapForServing();
const [, , name = '', ...numbers] = process.argv;
const [perSecond = 0, warmUp = 0, count = 0] = numbers.map(Number);
const target = await (URL.canParse(name) ? serverAt(name) : engineIn(name));
const first = await paced(() => target.send(), perSecond, warmUp);
const then = await paced(() => target.send(), perSecond, count);
process.stdout.write(`${JSON.stringify({ first, then } satisfies Latencies)}\n`);
await target.close();
