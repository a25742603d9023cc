import { describe, expect, it } from 'vitest';
import { StratalogError } from '../../../lib/core/errors.ts';
import { MemoryPool } from '../../../lib/format/memory-pool.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import type { InlineStore } from '../../../lib/ports/inline-store.ts';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import { createMemoryEngine, memoryPorts } from '../../../lib/runtime/memory.ts';
import { VirtualClock } from '../../bench/virtual-clock.ts';

const COMMIT_MS = 2;

function batchOf(bytes: number): Buffer {
  const builder = new RecordBatchBuilder({});
  builder.tryAppend({ timestamp: 1_000, key: null, value: Buffer.alloc(bytes) });
  return builder.build();
}

/** An engine on a disk whose commits take two milliseconds, by a clock of its own. */
function diskEngine(recordBytes = 100) {
  const clock = new VirtualClock();
  const ports = memoryPorts({ clock });
  let flushes = 0;
  const count = (name: string, by: number) => {
    if (name === 'flushes_total') flushes += by;
  };
  const telemetry = { ...ports.telemetry, count };
  const write = ports.leases.write.bind(ports.leases);
  ports.leases.write = async (writes) => {
    await clock.sleep(COMMIT_MS);
    return write(writes);
  };
  const engine = createMemoryEngine({ ...ports, telemetry, settings: { flushUntilGranted: true } });
  const append = async (): Promise<number> => {
    const sentAt = clock.monotonic();
    await engine.append({ topic: 't', partition: 0, batches: batchOf(recordBytes), acks: -1 });
    return clock.monotonic() - sentAt;
  };
  /** A producer that sends on when it is answered, a little later each, for 100 ms; answers how often. */
  const producer = async (index: number) => {
    let appends = 0;
    for (; clock.monotonic() < 100; appends++) {
      await append();
      await clock.sleep(0.05 * index);
    }
    return appends;
  };
  return { clock, engine, append, producer, flushes: () => flushes };
}

describe('group commit on one disk', () => {
  it('waits for the producers that it answered together, so that each sync takes nearly all of them', async () => {
    const { clock, engine, producer, flushes } = diskEngine();
    const appends = await clock.run(engine.topics.create({ name: 't' }).then(() => Promise.all([0, 1, 2, 3, 4].map(producer))));
    // Taken as they come it would be half of them: one alone, then the others.
    expect(appends.reduce((sum, n) => sum + n, 0) / flushes()).toBeGreaterThan(3.7);
  });

  it('waits no longer than a millisecond for those that do not come back', async () => {
    const { clock, engine, append } = diskEngine();
    await clock.run(engine.topics.create({ name: 't' }).then(() => Promise.all([0, 1, 2, 3, 4].map(append))));
    expect(await clock.run(append())).toBe(COMMIT_MS + 1);
    expect(await clock.run(append())).toBe(COMMIT_MS);
  });

  it('waits for nobody at a steady rate', async () => {
    const { clock, engine, append } = diskEngine();
    const taken = await clock.run(
      engine.topics.create({ name: 't' }).then(async () => {
        const open: Promise<number>[] = [];
        for (let i = 0; i < 200; i++) {
          open.push(append());
          await clock.sleep(0.4);
        }
        return Promise.all(open);
      }),
    );
    expect(Math.max(...taken)).toBeLessThanOrEqual(2 * COMMIT_MS);
  });

  it('waits for nobody when transfers take longer than syncs', async () => {
    const { clock, engine, append } = diskEngine(60_000);
    const next = await clock.run(
      engine.topics.create({ name: 't' }).then(async () => {
        await Promise.all([0, 1, 2, 3, 4].map(append));
        return append();
      }),
    );
    expect(next).toBe(COMMIT_MS);
  });
});

describe('the buffer of the appender', () => {
  it('counts a submission out once, also when its put fails after its piece has ended with its deadline', async () => {
    const ports = memoryPorts({});
    const [zone] = ports.zones;
    const silent = Promise.withResolvers<never>();
    let puts = 0;
    const objects = Object.create(zone?.objects ?? null, {
      put: { value: (...args: Parameters<ObjectStore['put']>) => (puts++ === 0 ? silent.promise : zone?.objects.put(...args)) },
    });
    const engine = createMemoryEngine({ ...ports, inline: undefined, zones: [{ name: 'a', objects }] });
    await engine.topics.create({ name: 't' });
    const append = (timeoutMs: number) => engine.append({ topic: 't', partition: 0, batches: batchOf(100), acks: -1, timeoutMs });
    await expect(append(20)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    // Whoever comes next in its partition finds its deadline over.
    await append(10_000);
    expect(engine.acceptedBytes).toBe(0);
    silent.reject(new StratalogError('STORAGE_ERROR', 'the disk is gone'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(engine.acceptedBytes).toBe(0);
    await engine.close();
  });
});

describe('memory that a submission lies in', () => {
  it.each([0, 1])('is used again only if no attempt to store it failed, which may be under way still: %d failed', async (failures) => {
    const ports = memoryPorts({});
    const inline = ports.inline as InlineStore;
    let puts = 0;
    const put = async (...args: Parameters<InlineStore['put']>) => {
      if (puts++ < failures) throw new StratalogError('STORAGE_ERROR', 'no answer');
      return inline.put(...args);
    };
    const memory = new MemoryPool({ pooledBytesMin: 1 });
    const store = Object.create(inline, { put: { value: put }, maxBytes: { value: inline.maxBytes } });
    const engine = createMemoryEngine({ ...ports, inline: store, memory });
    await engine.topics.create({ name: 't' });
    const batches = memory.take(batchOf(100).length);
    batches.set(batchOf(100));
    await engine.append({ topic: 't', partition: 0, batches, acks: -1 });
    memory.release(batches);
    expect(puts).toBe(failures + 1);
    expect(memory.keptBytes > 0).toBe(failures === 0);
    await engine.close();
  });
});

describe('requests of a client that counts on their order', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 16])(
    'are stored in it when the buffer was full and an answer makes it send on after %d steps',
    async (steps) => {
      const four = 4 * batchOf(1_000).length;
      const engine = createMemoryEngine({ settings: { appendBufferBytes: four } });
      await engine.topics.create({ name: 't' });
      const append = async () => {
        const { batches } = await engine.append({ topic: 't', partition: 0, batches: batchOf(1_000), acks: -1, onFull: 'wait' });
        return (batches[0] as { readonly baseOffset: number }).baseOffset;
      };
      const [first, ...others] = [append(), append(), append(), append()];
      const waiting = append();
      // All four are answered together: whoever waits has room now, and there is room for more.
      await first;
      for (let i = 0; i < steps; i++) await null;
      const next = append();
      expect([await Promise.all(others), await waiting, await next]).toEqual([[1, 2, 3], 4, 5]);
      await engine.close();
    },
  );
});
