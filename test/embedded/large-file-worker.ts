/**
 * Fills a topic, or merges it, in a process of its own whose memory can be told. Arguments: folder, `fill` or `merge`, mebibytes.
 * Prints a line of JSON.
 */
import { Engine } from '../../lib/engine/engine.ts';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import type { JobReport } from '../../lib/engine/maintenance/run.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';

const MIB = 1024 * 1024;
const VALUES_PER_BATCH = 4;

const [, , folder = '', mode = '', mebibytes = '0'] = process.argv;
const local = await openLocalEngine({
  folder,
  settings: { readCacheBytes: 0 },
  onFatal: (error) => {
    throw error;
  },
});
console.log(JSON.stringify(mode === 'fill' ? await fill(Number(mebibytes)) : await merge()));
await local.close();

async function fill(count: number): Promise<{ readonly records: number }> {
  await local.engine.topics.create({ name: 't', configs: { 'segment.bytes': String(1024 * MIB), 'max.message.bytes': String(2 * MIB) } });
  let records = 0;
  for (let i = 0; i < count; i++) {
    const builder = new RecordBatchBuilder({}, 2 * MIB);
    for (let n = 0; n < VALUES_PER_BATCH; n++, records++) {
      builder.tryAppend({ timestamp: Date.now(), key: `k${records}`, value: Buffer.alloc(MIB / VALUES_PER_BATCH, records) });
    }
    await local.engine.append({ topic: 't', partition: 0, batches: builder.build(), acks: -1 });
  }
  return { records };
}

/** Merges until nothing is left to do, with bounds so low that few hundred MiB are many files: a tail's 12 MiB each, 28 of them one. */
async function merge(): Promise<{ readonly reports: readonly JobReport[]; readonly maxRssMiB: number }> {
  const aheadMs = 11 * 60_000;
  const clock = { now: () => Date.now() + aheadMs, monotonic: () => performance.now(), sleep: local.deps.clock.sleep };
  const maintenance = createMaintenance(new Engine({ ...local.deps, clock }), {
    sweepWaits: false,
    settings: { mergeMemoryBytes: 8 * MIB, mergeFanIn: 28 },
  });
  const reports: JobReport[] = [];
  do reports.push(await maintenance.run('merge', { all: true, anew: true }));
  while (reports.at(-1)?.did.filesWritten !== undefined);
  return { reports, maxRssMiB: Math.round(process.resourceUsage().maxRSS / 1024) };
}
