import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../../lib/adapters/memory/object-store.ts';
import { leaseIdFrom, type TopicId } from '../../../lib/core/ids.ts';
import type { Entry } from '../../../lib/core/lease-record.ts';
import { logIndexKey } from '../../../lib/core/segment-key.ts';
import { RecentSegments } from '../../../lib/engine/recent-segments.ts';
import { SegmentReader } from '../../../lib/engine/segment-reader.ts';
import { SegmentStorage } from '../../../lib/engine/segment-storage.ts';
import { ENGINE_DEFAULTS } from '../../../lib/engine/settings.ts';
import { MemoryPool } from '../../../lib/format/memory-pool.ts';
import { SegmentIndexBuilder } from '../../../lib/format/segment-index.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';

const CLOCK = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
const key = { topicId: '00000000-0000-4000-8000-000000000000' as TopicId, partition: 0 };

/** An index of so many entries, 20 bytes each. */
function indexOf(entries: number): Buffer {
  const builder = new SegmentIndexBuilder(0, 0);
  for (let i = 0; i <= entries; i++) builder.add(i, i, 61);
  return builder.build();
}

describe('the indexes that a reader keeps', () => {
  it('are bounded in bytes: small ones stay, of large ones the newest', async () => {
    const objects = new MemoryObjectStore(CLOCK);
    let gets = 0;
    const get = objects.get.bind(objects);
    objects.get = (...args) => {
      gets++;
      return get(...args);
    };
    const storage = new SegmentStorage({ clock: CLOCK, telemetry: SILENT, zones: [{ name: 'a', objects }], settings: ENGINE_DEFAULTS });
    const reader = new SegmentReader(storage, new RecentSegments(0), new MemoryPool());
    const entries = await Promise.all(
      [1_000_000, 1_000_000, 1_000, 1_000].map(async (count, i): Promise<Entry> => {
        const lease = leaseIdFrom(1_000 + i, new Uint8Array(6));
        await objects.put(logIndexKey(key, 0, lease), [indexOf(count)]);
        return { lease, kind: 'log', position: 0, length: 0, span: 10, records: 10, maxTimestamp: 1, zones: 1 };
      }),
    );
    /** Requests that a read takes: none when the index is known, since the file itself is empty. */
    const requests = async (i: number): Promise<number> => {
      const before = gets;
      await reader.read(key, { entry: entries[i] as Entry, baseOffset: 0 }, 5, 1_000);
      return gets - before;
    };
    const [large, other, small, another] = [0, 1, 2, 3];
    expect([await requests(small), await requests(another), await requests(small)]).toEqual([1, 1, 0]);
    expect([await requests(large), await requests(large), await requests(small)]).toEqual([1, 0, 0]);
    // Both large ones do not fit: what is older goes first.
    expect([await requests(other), await requests(other), await requests(large)]).toEqual([1, 0, 1]);
  });
});
