import { describe, expect, it } from 'vitest';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
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
  /** A producer that sends on when it is answered, a little later each. */
  const producer = async (index: number, rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      await append();
      await clock.sleep(0.05 * index);
    }
  };
  return { clock, engine, append, producer, flushes: () => flushes };
}

describe('group commit on one disk', () => {
  it('waits for the producers that it answered together, so that each sync takes all of them', async () => {
    const { clock, engine, producer, flushes } = diskEngine();
    await clock.run(engine.topics.create({ name: 't' }).then(() => Promise.all([0, 1, 2, 3, 4].map((i) => producer(i, 40)))));
    // The first takes one of them alone; taken as they come, there would be twice as many.
    expect(flushes()).toBeLessThanOrEqual(45);
  });

  it('waits no longer than a millisecond for one that does not come back', async () => {
    const { clock, engine, append, producer } = diskEngine();
    const slowest = await clock.run(
      engine.topics.create({ name: 't' }).then(async () => {
        await Promise.all([0, 1, 2, 3, 4].map((i) => producer(i, 5)));
        return append();
      }),
    );
    expect(slowest).toBeGreaterThan(COMMIT_MS);
    expect(slowest).toBeLessThanOrEqual(COMMIT_MS + 1);
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
    const { clock, engine, append, producer } = diskEngine(60_000);
    const next = await clock.run(
      engine.topics.create({ name: 't' }).then(async () => {
        await Promise.all([0, 1, 2, 3, 4].map((i) => producer(i, 5)));
        return append();
      }),
    );
    expect(next).toBe(COMMIT_MS);
  });
});
