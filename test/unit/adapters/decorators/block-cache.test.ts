import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../../lib/adapters/decorators/block-cache.ts';
import { MemoryObjectStore } from '../../../../lib/adapters/memory/object-store.ts';
import type { ObjectStore } from '../../../../lib/ports/object-store.ts';
import { objectStoreContract } from '../../../contract/object-store.ts';

const CLOCK = { now: () => Date.now() };

/** A store that notes the ranges it is asked for. */
function counted(): { readonly store: ObjectStore; readonly gets: string[] } {
  const store = new MemoryObjectStore(CLOCK);
  const gets: string[] = [];
  const get = store.get.bind(store);
  store.get = async (key, position, length) => {
    gets.push(`${key} ${position}+${length}`);
    return get(key, position, length);
  };
  return { store, gets };
}

objectStoreContract('memory behind a cache', async () => ({
  store: new BlockCache(new MemoryObjectStore(CLOCK), { bytesMax: 100_000, blockBytes: 1_000 }),
  capabilities: {},
  close: async () => undefined,
}));

describe('the block cache', () => {
  it('asks once for what several callers want at the same time', async () => {
    const { store, gets } = counted();
    await store.put('a', [randomBytes(100)]);
    const cache = new BlockCache(store, { bytesMax: 1_000, blockBytes: 64 });
    await Promise.all([cache.get('a', 0, 10), cache.get('a', 5, 20), cache.get('a', 60, 4)]);
    expect(gets).toEqual(['a 0+64']);
  });

  it('asks for missing neighbours together and not for what it has', async () => {
    const { store, gets } = counted();
    await store.put('a', [randomBytes(1_000)]);
    const cache = new BlockCache(store, { bytesMax: 1_000, blockBytes: 100 });
    await cache.get('a', 300, 50);
    await cache.get('a', 0, 1_000);
    expect(gets).toEqual(['a 300+100', 'a 0+300', 'a 400+600']);
  });

  it('does not ask behind the end of an object it has seen', async () => {
    const { store, gets } = counted();
    await store.put('a', [randomBytes(150)]);
    const cache = new BlockCache(store, { bytesMax: 1_000, blockBytes: 100 });
    expect((await cache.get('a', 0, 100_000))?.length).toBe(150);
    expect((await cache.get('a', 0, 100_000))?.length).toBe(150);
    expect(gets).toHaveLength(1);
  });

  it('keeps no more bytes than it may', async () => {
    const { store, gets } = counted();
    for (const key of ['a', 'b', 'c']) await store.put(key, [randomBytes(100)]);
    const cache = new BlockCache(store, { bytesMax: 250, blockBytes: 100 });
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, 0, 100);
    expect(gets).toEqual(['a 0+100', 'b 0+100', 'c 0+100', 'b 0+100']);
  });

  it('does not remember that an object was missing, nor a failure', async () => {
    const { store } = counted();
    const cache = new BlockCache(store, { bytesMax: 1_000 });
    expect(await cache.get('a', 0, 4)).toBeUndefined();
    await store.put('a', [Buffer.from('late')]);
    const { get } = store;
    store.get = async () => {
      throw new Error('unplugged');
    };
    await expect(cache.get('a', 0, 4)).rejects.toThrow('unplugged');
    store.get = get;
    expect((await cache.get('a', 0, 4))?.toString()).toBe('late');
  });

  it('answers any range as the store itself does', async () => {
    const bytes = randomBytes(777);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 1_200 }),
        fc.array(fc.tuple(fc.nat(900), fc.integer({ min: 1, max: 900 })), { minLength: 1, maxLength: 8 }),
        async (blockBytes, bytesMax, ranges) => {
          const { store } = counted();
          await store.put('a', [bytes]);
          const cache = new BlockCache(store, { bytesMax, blockBytes });
          const read = await Promise.all(ranges.map(([position, length]) => cache.get('a', position, length)));
          for (const [i, [position, length]] of ranges.entries()) {
            expect(read[i]?.equals(bytes.subarray(position, position + length))).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
