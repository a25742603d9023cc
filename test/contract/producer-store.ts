import { describe, expect, it } from 'vitest';
import type { ProducerState } from '../../lib/core/lease-record.ts';
import type { ProducerStore } from '../../lib/ports/producer-store.ts';
import { freshKey } from './partition-key.ts';
import { onSubject, type Subject } from './subject.ts';

function stateOf(producerId: number, epoch = 0): ProducerState {
  return {
    producerId,
    epoch,
    lastUsedMs: Date.now(),
    batches: [
      { firstSequence: 0, lastSequence: 9, baseOffset: 100, timestamp: 1_700_000_000_000 },
      { firstSequence: 10, lastSequence: 10, baseOffset: 2 ** 50, timestamp: -1 },
    ],
  };
}

/** What every store of producers must do. */
export function producerStoreContract(name: string, open: () => Promise<Subject<ProducerStore>>): void {
  describe(`producer store: ${name}`, () => {
    const run = onSubject(open);

    it(
      'answers states in the order asked, undefined where nothing is stored',
      run(async (store) => {
        const key = freshKey();
        const states = [stateOf(1), { ...stateOf(2), batches: [] }, stateOf(2 ** 40)];
        await store.put(key, states, 3);
        expect(await store.get(key, [2 ** 40, 9, 1, 2])).toEqual([states[2], undefined, states[0], states[1]]);
        expect(await store.get(key, [])).toEqual([]);
        expect(await store.get(freshKey(), [1])).toEqual([undefined]);
      }),
    );

    it(
      'keeps the state of a later version',
      run(async (store) => {
        const key = freshKey();
        await store.put(key, [stateOf(1, 2)], 7);
        await store.put(key, [stateOf(1, 1)], 6);
        expect((await store.get(key, [1]))[0]?.epoch).toBe(2);
        await store.put(key, [stateOf(1, 3)], 8);
        expect((await store.get(key, [1]))[0]?.epoch).toBe(3);
      }),
    );

    it(
      'may be given the same states twice',
      run(async (store) => {
        const key = freshKey();
        const states = [stateOf(1), stateOf(2)];
        await store.put(key, states, 1);
        await store.put(key, states, 1);
        expect(await store.get(key, [1, 2])).toEqual(states);
        await store.put(key, [], 2);
      }),
    );

    it(
      'stores more producers than one request of any store takes',
      run(async (store) => {
        const key = freshKey();
        const states = Array.from({ length: 130 }, (_, i) => stateOf(i));
        await store.put(key, states, 1);
        expect(
          await store.get(
            key,
            states.map(({ producerId }) => producerId),
          ),
        ).toEqual(states);
      }),
    );

    it(
      'never hands out a producer id twice',
      run(async (store) => {
        const firsts = await Promise.all(Array.from({ length: 12 }, (_, i) => store.allocateIds(i + 1)));
        const ids = firsts.flatMap((first, i) => Array.from({ length: i + 1 }, (_, n) => first + n));
        expect(new Set(ids).size).toBe(ids.length);
        expect(Math.min(...ids)).toBeGreaterThanOrEqual(0);
        expect(await store.allocateIds(1_000)).toBeGreaterThan(Math.max(...ids));
      }),
    );
  });
}
