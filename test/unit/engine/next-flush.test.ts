import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeFlush } from '../../../lib/engine/next-flush.ts';

const TOPIC = '00000000-0000-4000-8000-000000000000' as never;

function memberOf([partition, length, copies]: readonly [number, number, number], id: number) {
  return { id, key: { topicId: TOPIC, partition }, bytes: { length }, copies };
}

const members = fc
  .array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 40 })
  .map((list) => list.map(memberOf));

describe('the next flush', () => {
  it('takes all in order while they fit, and one that alone is too large', () => {
    const waiting = [40, 40, 40].map((length, id) => memberOf([0, length, 1], id));
    expect(takeFlush(waiting, 90).map(({ id }) => id)).toEqual([0, 1]);
    expect(takeFlush(waiting, 10).map(({ id }) => id)).toEqual([2]);
    expect(waiting).toEqual([]);
  });

  it('holds what wants one number of zones, within the bound; nothing is lost, and each partition keeps its order', () => {
    fc.assert(
      fc.property(members, (all) => {
        const waiting = [...all];
        const flushed: typeof all = [];
        while (waiting.length > 0) {
          const taken = takeFlush(waiting, 100);
          expect(taken.length).toBeGreaterThan(0);
          expect(new Set(taken.map(({ copies }) => copies)).size).toBe(1);
          if (taken.length > 1) expect(taken.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(100);
          flushed.push(...taken);
        }
        expect(flushed.map(({ id }) => id).sort((a, b) => a - b)).toEqual(all.map(({ id }) => id));
        for (let partition = 0; partition < 4; partition++) {
          const ids = flushed.filter(({ key }) => key.partition === partition).map(({ id }) => id);
          expect(ids).toEqual([...ids].sort((a, b) => a - b));
        }
      }),
    );
  });
});
