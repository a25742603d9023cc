import { describe, expect, it } from 'vitest';
import { fromBlock, toBlock } from '../../../../lib/adapters/dynamodb/group-item.ts';
import { binary, itemOf, number, text } from '../../../../lib/adapters/dynamodb/item.ts';
import { blockKey } from '../../../../lib/adapters/dynamodb/key-space.ts';
import { blockToJson } from '../../../../lib/core/groups/group-json.ts';
import { type OffsetBlock, ownerToken } from '../../../../lib/core/groups/offset-block.ts';
import type { TopicId } from '../../../../lib/core/ids.ts';
import { GROUP_OFFSETS_PER_BLOCK } from '../../../../lib/core/limits.ts';
import { itemBytes } from './item-bytes.ts';

const TOPIC = 'a3f1c2d4-5b6e-4f70-8a91-b2c3d4e5f607' as TopicId;

function fullBlock(owners: number): OffsetBlock {
  const entries = Array.from({ length: GROUP_OFFSETS_PER_BLOCK }, (_, i) => {
    const owner = ownerToken(`member-${i % owners}`);
    const offset = 123_456_789 + ((i * 7_919_311) % 98_765_432);
    return [
      64 + i,
      { owner, epoch: 12, sequence: 51_840 + i, offset, leaderEpoch: -1, metadata: '', committedAtMs: 1_795_244_676_366 + 137 * i },
    ] as const;
  });
  return { topicId: TOPIC, block: 2, version: 518_400, entries: new Map(entries) };
}

describe('a block of offsets as an item', () => {
  it.each([1, 4, 32])('is one write unit when it is full, and is read as it was (%i owners)', (owners) => {
    const block = fullBlock(owners);
    const item = itemOf(blockKey('a-group-with-a-name-of-some-length', TOPIC, 2), fromBlock(block));
    expect(itemBytes(item)).toBeLessThanOrEqual(1_024);
    expect(toBlock(item)).toEqual(block);
  });

  it('is text when it is small, which is read whatever its size', () => {
    const small: OffsetBlock = { ...fullBlock(1), entries: new Map([...fullBlock(1).entries].slice(0, 3)) };
    expect(fromBlock(small)).toEqual({ v: number(small.version), j: text(blockToJson(small)) });
    expect(toBlock({ v: number(1), j: text(blockToJson(fullBlock(4))) })).toEqual(fullBlock(4));
  });

  it('that is damaged is an error which says so', () => {
    expect(() => toBlock({ v: number(1), z: binary(Buffer.from('nothing')) })).toThrow(expect.objectContaining({ code: 'CORRUPT_OBJECT' }));
  });
});
