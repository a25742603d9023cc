/**
 * Appends records to a data folder one by one at a fixed rate, with a heap as a server's, and prints what each took as a line of JSON:
 * `node latency-process.ts FOLDER PER_SECOND WARM_UP COUNT`.
 */
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { setHeapForServing } from '../../lib/runtime/heap.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { paced } from './paced.ts';

/** What the benchmark reads: ms of each record. */
export type Latencies = readonly number[];

setHeapForServing();
const [, , folder = '', ...numbers] = process.argv;
const [perSecond = 0, warmUp = 0, count = 0] = numbers.map(Number);
const { engine, close } = await openLocalEngine({
  folder,
  onFatal: (error) => {
    throw error;
  },
});
await engine.topics.create({ name: 't', partitions: 1 });
const builder = new RecordBatchBuilder({}, 2_048);
builder.tryAppend({ timestamp: Date.now(), key: null, value: Buffer.alloc(1_024, 'x') });
const batch = builder.build();
// The log writes offsets into what it is given.
const send = () => engine.append({ topic: 't', partition: 0, batches: Buffer.from(batch), acks: -1 });
const latencies: Latencies = await paced(send, { perSecond, warmUp, count });
process.stdout.write(`${JSON.stringify(latencies)}\n`);
await close();
