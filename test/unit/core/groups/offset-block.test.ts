import { describe, expect, it } from 'vitest';
import {
  type CommitAuthor,
  commitOffsets,
  emptyBlock,
  ownerToken,
  withOwner,
  withoutOffsets,
} from '../../../../lib/core/groups/offset-block.ts';
import { topicId } from './world.ts';

const A: CommitAuthor = { kind: 'member', token: ownerToken('a'), epoch: 5 };
const owned = withOwner(emptyBlock({ topicId: topicId(1), block: 0 }), [0, 1], ownerToken('a'), 4);

describe('a block of offsets', () => {
  it('takes commits of the owner at or above the epoch at which it got the partition', () => {
    const { block, answers } = commitOffsets(owned, A, 1, [{ partition: 0, offset: 7, metadata: 'x' }], 99);
    expect(answers).toEqual([{ kind: 'committed' }]);
    expect(block.version).toBe(owned.version + 1);
    expect(block.entries.get(0)).toMatchObject({ offset: 7, metadata: 'x', committedAtMs: 99, epoch: 4 });
    expect(commitOffsets(owned, { ...A, epoch: 3 }, 1, [{ partition: 0, offset: 7 }], 99).answers[0]).toMatchObject({
      code: 'STALE_MEMBER_EPOCH',
    });
  });

  it('refuses whoever does not own the partition, and those who are no members while somebody does', () => {
    const moved = withOwner(owned, [0], ownerToken('b'), 5);
    expect(commitOffsets(moved, A, 1, [{ partition: 0, offset: 7 }], 0).answers[0]).toMatchObject({ code: 'FENCED_MEMBER_EPOCH' });
    expect(commitOffsets(moved, { kind: 'none' }, 0, [{ partition: 0, offset: 7 }], 0).answers[0]).toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
    });
    expect(commitOffsets(moved, { kind: 'none' }, 0, [{ partition: 9, offset: 7 }], 0).answers[0]).toEqual({ kind: 'committed' });
  });

  it('lets no commit that arrives late undo a newer one, and lets the owner go back on purpose', () => {
    const newer = commitOffsets(owned, A, 8, [{ partition: 0, offset: 100 }], 1).block;
    const late = commitOffsets(newer, A, 7, [{ partition: 0, offset: 60 }], 2);
    expect(late.answers).toEqual([{ kind: 'superseded' }]);
    expect(late.block).toBe(newer);
    expect(commitOffsets(newer, A, 9, [{ partition: 0, offset: 60 }], 3).block.entries.get(0)?.offset).toBe(60);
  });

  it('remembers a commit that moved nothing when an older one may still be on its way', () => {
    const first = commitOffsets(owned, A, 3, [{ partition: 0, offset: 100 }], 1).block;
    const again = commitOffsets(first, A, 5, [{ partition: 0, offset: 100 }], 2);
    expect(again.block.entries.get(0)?.sequence).toBe(5);
    expect(commitOffsets(again.block, A, 4, [{ partition: 0, offset: 90 }], 3).answers).toEqual([{ kind: 'superseded' }]);
  });

  it('writes nothing when nothing moved', () => {
    const once = commitOffsets(owned, A, 0, [{ partition: 0, offset: 1 }], 1).block;
    const twice = commitOffsets(once, A, 0, [{ partition: 0, offset: 1 }], 2);
    expect(twice.answers).toEqual([{ kind: 'unchanged' }]);
    expect(twice.block).toBe(once);
  });

  it('refuses metadata above 4,096 bytes and offsets that cannot be, and still takes the rest', () => {
    const { answers } = commitOffsets(
      owned,
      A,
      1,
      [
        { partition: 0, offset: 1, metadata: 'é'.repeat(2_049) },
        { partition: 0, offset: -5 },
        { partition: 1, offset: 1, metadata: 'é'.repeat(2_048) },
      ],
      0,
    );
    expect(answers).toMatchObject([{ code: 'OFFSET_METADATA_TOO_LARGE' }, { code: 'INVALID_REQUEST' }, { kind: 'committed' }]);
  });

  it('keeps offsets and the height of the epoch when the owner goes', () => {
    const committed = commitOffsets(owned, A, 1, [{ partition: 0, offset: 7 }], 0).block;
    const free = withOwner(committed, [0], null, 0);
    expect(free.entries.get(0)).toMatchObject({ owner: null, epoch: 4, offset: 7, sequence: 0 });
    expect(commitOffsets(free, A, 2, [{ partition: 0, offset: 9 }], 0).answers[0]).toMatchObject({ kind: 'refused' });
    expect(withoutOffsets(free, [0]).entries.has(0)).toBe(false);
    expect(withoutOffsets(committed, [0]).entries.get(0)).toMatchObject({ owner: ownerToken('a'), offset: -1 });
  });

  it('fences a classic generation that is over', () => {
    const block = emptyBlock({ topicId: topicId(1), block: 0 });
    const second = commitOffsets(block, { kind: 'generation', epoch: 2 }, 0, [{ partition: 0, offset: 9 }], 0).block;
    expect(commitOffsets(second, { kind: 'generation', epoch: 1 }, 0, [{ partition: 0, offset: 4 }], 0).answers[0]).toMatchObject({
      code: 'ILLEGAL_GENERATION',
    });
  });
});
