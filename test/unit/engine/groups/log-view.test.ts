import { describe, expect, it } from 'vitest';
import { atOneMoment, type LogView } from '../../../../lib/engine/groups/log-view.ts';
import { topicId } from '../../core/groups/world.ts';

function counted() {
  const reads: string[][] = [];
  const log: LogView = {
    async bounds(keys) {
      reads.push(keys.map(({ partition }) => `${partition}`));
      return keys.map(({ partition }) => (partition === 9 ? undefined : { startOffset: 0, endOffset: partition }));
    },
    offsetAt: async () => -1,
    timestampAt: async () => undefined,
  };
  return { log, reads };
}
const keys = (...partitions: readonly number[]) => partitions.map((partition) => ({ topicId: topicId(1), partition }));

describe('logs as they are at one moment', () => {
  it('are read once for each partition, whoever asks', async () => {
    const { log, reads } = counted();
    const once = atOneMoment(log);
    const [first, second] = await Promise.all([once.bounds(keys(1, 2)), once.bounds(keys(2, 3, 9))]);
    expect(first.map((bound) => bound?.endOffset)).toEqual([1, 2]);
    expect(second.map((bound) => bound?.endOffset)).toEqual([2, 3, undefined]);
    expect(await once.bounds(keys(1, 9))).toEqual([{ startOffset: 0, endOffset: 1 }, undefined]);
    expect(reads).toEqual([
      ['1', '2'],
      ['3', '9'],
    ]);
  });
});
