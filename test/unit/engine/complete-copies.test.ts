import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../../lib/adapters/memory/object-store.ts';
import { WAL_PREFIX } from '../../../lib/core/segment-key.ts';
import { Engine, type EngineDeps } from '../../../lib/engine/engine.ts';
import type { EngineSettings } from '../../../lib/engine/settings.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import type { ObjectStore, Zone } from '../../../lib/ports/object-store.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';

const ZONES = 3;
/** What a zone does with a put. */
const FAULTS = ['works', 'refuses', 'stores and does not say so', 'does not answer'] as const;
type Fault = (typeof FAULTS)[number];
const fails = async (): Promise<never> => {
  throw new Error('the zone is gone');
};

interface Deployment {
  readonly deps: EngineDeps;
  readonly engine: Engine;
  readonly stores: readonly MemoryObjectStore[];
  readonly faults: Fault[];
  /** Zones that answer nothing at all. */
  readonly gone: Set<number>;
}

async function deployment(
  configs: Readonly<Record<string, string>> = { 'min.insync.replicas': '2' },
  settings: Partial<EngineSettings> = { appendTimeoutMs: 1_500 },
): Promise<Deployment> {
  const faults: Fault[] = Array.from({ length: ZONES }, () => 'works');
  const gone = new Set<number>();
  const plain = memoryPorts();
  const stores = faults.map(() => new MemoryObjectStore(plain.clock));
  const zones = stores.map((store, i): Zone => {
    const put: ObjectStore['put'] = async (key, chunks) => {
      if (faults[i] === 'refuses') return fails();
      if (faults[i] === 'does not answer') return new Promise(() => undefined);
      const outcome = await store.put(key, chunks);
      return faults[i] === 'works' ? outcome : fails();
    };
    const objects = new Proxy<ObjectStore>(store, {
      get: (target, method: keyof ObjectStore) => (gone.has(i) ? fails : method === 'put' ? put : target[method].bind(target)),
    });
    return { name: `zone-${i}`, objects };
  });
  const deps = { ...plain, inline: undefined, zones, settings: { zoneHedgeMs: 10, readCacheBytes: 0, ...settings } };
  const engine = new Engine(deps);
  await engine.topics.create({ name: 't', partitions: 2, configs });
  return { deps, engine, stores, faults, gone };
}

function batchOf(value: string, producerId = -1n, baseSequence = -1): Uint8Array {
  const producer = producerId < 0n ? {} : { producerId: Number(producerId), producerEpoch: 0, baseSequence };
  const builder = new RecordBatchBuilder(producer);
  builder.tryAppend({ timestamp: 1, key: null, value });
  return builder.build();
}

/** What became of one batch: its offset, or the code it was refused with. */
async function send(engine: Engine, batches: Uint8Array, acks: 0 | 1 | -1): Promise<number | string> {
  try {
    const [result] = (await engine.append({ topic: 't', partition: 0, batches, acks })).batches;
    return result?.kind === 'appended' ? result.baseOffset : (result?.error.code ?? 'none');
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function valuesOf(deps: EngineDeps): Promise<string[]> {
  const { records } = await new Engine(deps).readRecords({ topic: 't', partition: 0, offset: 0, maxBytes: 100_000 });
  return records.map(({ value }) => Buffer.from(value ?? []).toString());
}

async function copies(stores: readonly MemoryObjectStore[]): Promise<number[]> {
  const counts = new Map<string, number>();
  for (const store of stores)
    for (const { key } of await store.list(WAL_PREFIX, undefined, 100)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts.values()];
}

/** A zone that takes objects and answers no question. */
function silent({ name, objects }: Zone): Zone {
  const never = () => new Promise<never>(() => undefined);
  return { name, objects: new Proxy(objects, { get: (of, method: keyof ObjectStore) => (method === 'put' ? of.put.bind(of) : never) }) };
}

/** Every way in which three zones can take a put. */
const ALL_FAULTS = FAULTS.flatMap((a) => FAULTS.flatMap((b) => FAULTS.map((c) => [a, b, c] as const)));

describe('acks=all with min.insync.replicas=2 of three zones', () => {
  it('appends in two zones or not at all, whatever the zones do: new batches never have too few copies after the append', async () => {
    await Promise.all(
      ALL_FAULTS.map(async (faults) => {
        const { deps, engine, stores, faults: now } = await deployment();
        now.splice(0, ZONES, ...faults);
        const outcome = await send(engine, batchOf('v'), -1);
        const working = faults.filter((fault) => fault === 'works').length;
        const name = faults.join(', ');
        if (working >= 2) expect(outcome, name).toBe(0);
        // A zone that answers nothing may have it or not: the producer waits for it to the end.
        else expect(['NOT_ENOUGH_REPLICAS', 'REQUEST_TIMED_OUT'], name).toContain(outcome);
        if (!faults.includes('does not answer') && working < 2) expect(outcome, name).toBe('NOT_ENOUGH_REPLICAS');
        now.fill('works');
        expect(await valuesOf(deps), name).toEqual(outcome === 0 ? ['v'] : []);
        if (outcome === 0) expect(Math.max(...(await copies(stores))), name).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  it('is answered in time when a batch that was appended before is sent again, and the stores are silent', async () => {
    const { deps, engine } = await deployment();
    expect(await send(engine, batchOf('v', 7n, 0), 1)).toBe(0);
    const other = new Engine({ ...deps, zones: deps.zones.map(silent) });
    expect(await send(other, batchOf('v', 7n, 0), -1)).toBe('REQUEST_TIMED_OUT');
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe(0);
  });

  it('is refused long before its time-out, and takes no producer with acks=1 along that came in the same moment', async () => {
    for (const flushUntilGranted of [false, true]) {
      const { engine, gone } = await deployment(undefined, { appendTimeoutMs: 600_000, flushUntilGranted });
      for (const zone of [0, 2]) gone.add(zone);
      const append = (partition: number, acks: 1 | -1) =>
        engine.append({ topic: 't', partition, batches: batchOf(`${partition} ${acks}`), acks }).then(
          ({ batches }) => batches[0]?.kind,
          (error) => error.code,
        );
      const outcomes = await Promise.all([append(0, -1), append(1, 1), append(0, -1), append(1, 1)]);
      expect(outcomes).toEqual(['NOT_ENOUGH_REPLICAS', 'appended', 'NOT_ENOUGH_REPLICAS', 'appended']);
      await engine.close();
    }
  });

  it('keeps the order of a partition when its batches ask for different numbers of zones', async () => {
    const { deps, engine } = await deployment();
    const acks = [1, -1, 1, 1, -1, -1, 1] as const;
    const answers = acks.map((wanted, i) => engine.append({ topic: 't', partition: 0, batches: batchOf(`${i}`, 9n, i), acks: wanted }));
    expect((await Promise.all(answers)).map(({ batches }) => batches[0]?.kind)).toEqual(acks.map(() => 'appended'));
    expect(await valuesOf(deps)).toEqual(acks.map((_, i) => `${i}`));
  });

  it('refuses before the upload what asks for more zones than there are', async () => {
    const { engine, stores } = await deployment({ 'min.insync.replicas': '4' });
    expect(await send(engine, batchOf('v'), -1)).toBe('NOT_ENOUGH_REPLICAS');
    expect(await copies(stores)).toEqual([]);
    expect(await send(engine, batchOf('v'), 1)).toBe(0);
  });
});

describe('a batch that was appended with acks=1 and comes again with acks=all', () => {
  it('is not acknowledged while too few zones can be given what was appended', async () => {
    const { deps, engine, gone, stores } = await deployment();
    expect(await send(engine, batchOf('v', 7n, 0), 1)).toBe(0);
    expect(await copies(stores)).toEqual([1]);
    gone.add(0);
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe('NOT_ENOUGH_REPLICAS_AFTER_APPEND');
    // Whoever has fewer zones than that left is refused before anything else.
    gone.add(1);
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe('NOT_ENOUGH_REPLICAS');
    gone.clear();
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe(0);
    expect(await valuesOf(deps)).toEqual(['v']);
    // What was acknowledged outlives the only zone that had it.
    for (const { key } of await (stores[0] as MemoryObjectStore).list(WAL_PREFIX, undefined, 100)) await stores[0]?.delete([key]);
    gone.add(0);
    expect(await valuesOf(deps)).toEqual(['v']);
  });

  it('is refused alone among the batches of its request', async () => {
    const { deps, engine, gone } = await deployment();
    expect(await send(engine, batchOf('old', 7n, 0), 1)).toBe(0);
    gone.add(0);
    const both = Buffer.concat([batchOf('old', 7n, 0), batchOf('new', 7n, 1)]);
    const { batches } = await engine.append({ topic: 't', partition: 0, batches: both, acks: -1 });
    expect(batches.map((batch) => (batch.kind === 'appended' ? batch.baseOffset : batch.error.code))).toEqual([
      'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
      1,
    ]);
    gone.clear();
    expect(await valuesOf(deps)).toEqual(['old', 'new']);
  });

  it('costs no request where enough zones had it at its append', async () => {
    const { engine, stores } = await deployment();
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe(0);
    for (const store of stores) store.head = fails;
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe(0);
  });

  it('does not take a damaged copy for one', async () => {
    const { engine, stores } = await deployment();
    expect(await send(engine, batchOf('v', 7n, 0), 1)).toBe(0);
    const [first] = stores as [MemoryObjectStore];
    const [object] = await first.list(WAL_PREFIX, undefined, 1);
    const bytes = Buffer.from((await first.get(object?.key ?? '', 0, 10_000)) ?? []);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await first.replace(object?.key ?? '', [bytes]);
    expect(await send(engine, batchOf('v', 7n, 0), -1)).toBe('NOT_ENOUGH_REPLICAS_AFTER_APPEND');
  });
});
