import { describe, expect, it } from 'vitest';
import { MemoryGroupStore } from '../../../../lib/adapters/memory/group-store.ts';
import { emptyBlock, ownerToken, withOwner } from '../../../../lib/core/groups/offset-block.ts';
import { OffsetCommitter } from '../../../../lib/engine/groups/offset-committer.ts';
import type { GroupStore } from '../../../../lib/ports/group-store.ts';
import { topicId } from '../../core/groups/world.ts';
import { Bill, HandClock } from './group-world.ts';

const KEY = { topicId: topicId(1), block: 0 };
const owner = { kind: 'member', token: ownerToken('m'), epoch: 1 } as const;

async function world() {
  const bill = new Bill();
  const memory = new MemoryGroupStore();
  const store = bill.counted(memory);
  await memory.write('g', [{ kind: 'block', key: KEY, expected: 0, next: withOwner(emptyBlock(KEY), [0, 1], owner.token, 1) }]);
  const process = (keeps: boolean, given: GroupStore = store) =>
    new OffsetCommitter({ store: given, clock: new HandClock(), random: { bytes: (n) => new Uint8Array(n), fraction: () => 0.5 } }, keeps);
  const stored = async () => [...((await memory.readBlocks('g', [KEY]))[0]?.entries ?? [])].map(([p, e]) => [p, e.offset]);
  return { bill, store, memory, process, stored };
}
const commit = (committer: OffsetCommitter, sequence: number, partition: number, offset: number) =>
  committer.commit('g', KEY, owner, sequence, [{ partition, offset }]);

describe('commits of a block', () => {
  it('that arrive together are one write, applied in the order they came', async () => {
    const { bill, process, stored } = await world();
    const committer = process(true);
    const answers = await Promise.all([commit(committer, 1, 0, 5), commit(committer, 2, 0, 9), commit(committer, 3, 1, 4)]);
    expect(answers.flat().map(({ kind }) => kind)).toEqual(['committed', 'committed', 'committed']);
    expect(bill.writes).toBe(1);
    expect(await stored()).toEqual([
      [0, 9],
      [1, 4],
    ]);
  });

  it('read the block once where it is kept, and each time where it is not', async () => {
    for (const [keeps, reads] of [
      [true, 1],
      [false, 3],
    ] as const) {
      const { bill, process } = await world();
      const committer = process(keeps);
      for (const n of [1, 2, 3]) await commit(committer, n, 0, n);
      expect(bill.reads).toBe(reads);
    }
  });

  it('are decided anew when another process wrote first', async () => {
    const { process, stored } = await world();
    const [one, two] = [process(true), process(true)];
    await commit(one, 1, 0, 5);
    await commit(two, 2, 0, 8);
    expect(await commit(one, 1, 0, 5)).toEqual([{ kind: 'superseded' }]);
    expect(await commit(one, 3, 1, 2)).toEqual([{ kind: 'committed' }]);
    expect(await stored()).toEqual([
      [0, 8],
      [1, 2],
    ]);
  });

  it('are refused only after the block was read again: the partition may have come through another process', async () => {
    const { memory, process } = await world();
    const committer = process(true);
    await commit(committer, 1, 0, 5);
    const [block] = await memory.readBlocks('g', [KEY]);
    if (!block) throw new Error('no block');
    const given = withOwner(block, [2], owner.token, 1);
    await memory.write('g', [{ kind: 'block', key: KEY, expected: block.version, next: given }]);
    expect(await commit(committer, 2, 2, 1)).toEqual([{ kind: 'committed' }]);
    expect(await commit(committer, 3, 3, 1)).toMatchObject([{ kind: 'refused', code: 'FENCED_MEMBER_EPOCH' }]);
  });

  it('fail all together when the store does, and what comes later is not held up', async () => {
    const { store, process, stored } = await world();
    let broken = true;
    const breaking: GroupStore = {
      ...store,
      write: async (group, writes) => {
        if (broken) throw new Error('no table');
        return store.write(group, writes);
      },
    };
    const committer = process(true, breaking);
    const outcomes = await Promise.allSettled([commit(committer, 1, 0, 5), commit(committer, 2, 1, 5)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    broken = false;
    await commit(committer, 3, 0, 6);
    expect(await stored()).toContainEqual([0, 6]);
  });

  it('give up with an error that says to try again when too many write at once', async () => {
    const { store, process } = await world();
    const busy: GroupStore = { ...store, write: async (_group, writes) => writes.map(() => ({ kind: 'conflict' as const })) as never };
    await expect(commit(process(true, busy), 1, 0, 5)).rejects.toMatchObject({ code: 'COORDINATOR_NOT_AVAILABLE' });
  });
});
