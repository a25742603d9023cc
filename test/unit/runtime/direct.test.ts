import { describe, expect, it } from 'vitest';
import { transportOver } from '../../../lib/runtime/direct.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';
import { batchOf } from '../http/door.ts';

async function open() {
  const engine = createMemoryEngine();
  await engine.topics.create({ name: 't', partitions: 1 });
  return { engine, transport: transportOver(engine, () => engine.close()) };
}

const produce = (batches: Uint8Array) => ({ topic: 't', partition: 0, batches, acks: -1 as const, timeoutMs: 5_000 });
const fetchFrom = (offset: number, more: object = {}) =>
  ({ topic: 't', partition: 0, offset, maxBytes: 1_000_000, maxWaitMs: 0, minBytes: 1, isolation: 'read_uncommitted', ...more }) as const;

describe('the direct transport', () => {
  it('appends and reads raw batches within the process', async () => {
    const { transport } = await open();
    const answer = await transport.produceBatches(produce(batchOf('a', 'b')));
    expect(answer.batches).toMatchObject([{ kind: 'appended', baseOffset: 0 }]);
    expect(await transport.fetchBatches(fetchFrom(0))).toMatchObject({ nextOffset: 2, highWatermark: 2 });
    await transport.close();
  });

  it('waits at the end of the log until somebody appends', async () => {
    const { transport } = await open();
    const waiting = transport.fetchBatches(fetchFrom(0, { maxWaitMs: 10_000 }));
    await transport.produceBatches(produce(batchOf('a')));
    expect((await waiting).nextOffset).toBe(1);
    await transport.close();
  });

  it('tells errors as every transport does', async () => {
    const { transport } = await open();
    await expect(transport.describeTopic('none')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await expect(transport.fetchBatches(fetchFrom(9))).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    await transport.close();
  });

  it('ends a call by its signal, and all of them when it is closed', async () => {
    const { transport } = await open();
    const caller = new AbortController();
    const first = transport.fetchBatches(fetchFrom(0, { maxWaitMs: 60_000, signal: caller.signal }));
    const second = transport.fetchBatches(fetchFrom(0, { maxWaitMs: 60_000 }));
    caller.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    const closed = transport.close();
    await expect(second).rejects.toMatchObject({ code: 'CLOSED' });
    await closed;
    await expect(transport.describeTopic('t')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
