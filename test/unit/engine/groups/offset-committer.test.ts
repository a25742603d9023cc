import { describe, expect, it } from 'vitest';
import { MemoryGroupStore } from '../../../../lib/adapters/memory/group-store.ts';
import { emptyBlock, type OffsetBlock, ownerToken, withOwner } from '../../../../lib/core/groups/offset-block.ts';
import type { TopicId } from '../../../../lib/core/ids.ts';
import { OffsetCommitter } from '../../../../lib/engine/groups/offset-committer.ts';
import type { GroupStore, GroupWrite } from '../../../../lib/ports/group-store.ts';

const KEY = { topicId: '00000000-0000-4000-8000-000000000000' as TopicId, block: 0 };
const CLOCK = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
const RANDOM = { bytes: (length: number) => new Uint8Array(length), fraction: () => 0 };

async function put(store: GroupStore, expected: number, next: OffsetBlock): Promise<void> {
  await store.write('g', [{ kind: 'block', key: KEY, expected, next }]);
}

/** A store that applies the first write without an answer, and then `between` happens. */
function silentOnce(inner: GroupStore, between: (written: OffsetBlock) => Promise<void>): GroupStore {
  let silent = true;
  return new Proxy(inner, {
    get: (target, name) => {
      if (name !== 'write') return Reflect.get(target, name, target).bind(target);
      return async (group: string, writes: readonly GroupWrite[]) => {
        const outcomes = await target.write(group, writes);
        const [write] = writes;
        if (!silent || write?.kind !== 'block' || write.next === undefined) return outcomes;
        silent = false;
        await between(write.next);
        return writes.map(() => ({ kind: 'unknown', cause: new Error('no answer') }));
      };
    },
  });
}

describe('a commit whose write was not answered', () => {
  const author = { kind: 'member', token: ownerToken('one'), epoch: 1 } as const;

  it('counts as applied when the member still owns the partition', async () => {
    const store = new MemoryGroupStore();
    await put(store, 0, withOwner(emptyBlock(KEY), [0], ownerToken('one'), 1));
    const committer = new OffsetCommitter({ store: silentOnce(store, async () => undefined), clock: CLOCK, random: RANDOM }, true);
    expect(await committer.commit('g', KEY, author, 1, [{ partition: 0, offset: 7 }])).toMatchObject([{ kind: 'superseded' }]);
    expect((await store.readBlocks('g', [KEY]))[0]?.entries.get(0)?.offset).toBe(7);
  });

  it('is not called refused when the partition has moved since: it may be stored', async () => {
    const store = new MemoryGroupStore();
    await put(store, 0, withOwner(emptyBlock(KEY), [0], ownerToken('one'), 1));
    const moved = silentOnce(store, (written) => put(store, written.version, withOwner(written, [0], ownerToken('two'), 2)));
    const committer = new OffsetCommitter({ store: moved, clock: CLOCK, random: RANDOM }, true);
    const answer = committer.commit('g', KEY, author, 1, [{ partition: 0, offset: 7 }]);
    await expect(answer).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' });
    expect((await store.readBlocks('g', [KEY]))[0]?.entries.get(0)?.offset).toBe(7);
    const again = committer.commit('g', KEY, author, 2, [{ partition: 0, offset: 8 }]);
    expect(await again).toMatchObject([{ kind: 'refused' }]);
  });
});
