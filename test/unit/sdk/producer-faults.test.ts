import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StratalogError } from '../../../lib/core/errors.ts';
import { Producer } from '../../../lib/sdk/producer.ts';
import { ScriptedLog } from './scripted-log.ts';

/** What may happen to one request. */
const FAULTS = ['none', 'lost before', 'lost after', 'slow', 'throttled', 'refused whole', 'cannot be retried'] as const;

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('an idempotent producer under faults', () => {
  test('sends a batch that overtook the one ahead of it again at once', async () => {
    const log = new ScriptedLog({ t: 1 });
    log.onProduce = async (request, proceed) => {
      // The third request has a quicker connection than the second.
      if (request === log.produced[1]) while (log.produced.length < 3) await turns(1);
      if (request === log.produced[1]) await turns(3);
      return proceed(request);
    };
    // Nobody would wait for so long.
    const backoff = { retryBackoffMs: 60_000, retryBackoffMaxMs: 60_000 };
    await using producer = new Producer({ transport: log, lingerMs: 0, maxInFlight: 5, ...backoff });
    await producer.send({ topic: 't', value: 'a' });
    const first = producer.send({ topic: 't', value: 'b' });
    while (log.produced.length === 1) await turns(1);
    const second = producer.send({ topic: 't', value: 'c' });
    expect((await Promise.all([first, second])).map(({ offset }) => offset)).toEqual([1, 2]);
    expect(log.produced).toHaveLength(4);
    expect(producer.stats.retries).toBe(1);
  });

  test.each([
    ['that no batch has made known yet', {}],
    ['without idempotence', { idempotence: false }],
    ['with acks=1', { acks: 1 }],
    ['with acks=0', { acks: 0 }],
  ] as const)('sends one request at a time %s, since one that overtook would be taken', async (_, options) => {
    const log = new ScriptedLog({ t: 1 });
    log.onProduce = async (request, proceed) => {
      // The first request is the slowest.
      if (request === log.produced[0]) await turns(50);
      return proceed(request);
    };
    await using producer = new Producer({ transport: log, lingerMs: 0, batchSize: 120, maxRequestBytes: 200, ...options });
    const values = Array.from({ length: 60 }, (_, index) => `v${index}`);
    await Promise.all(values.map((value) => producer.send({ topic: 't', value })));
    expect(log.values('t')).toEqual(values);
    expect(log.produced.length).toBeGreaterThan(5);
  });

  test('stores what it acknowledged exactly once, at the offset it answered, in the order it was sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ fault: fc.constantFrom(...FAULTS), delay: fc.nat(3) }), { maxLength: 25 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 10 }),
        async (faults, maxInFlight, bursts) => {
          const log = new ScriptedLog({ t: 1 });
          const script = faults.values();
          log.onProduce = async (request, proceed) => {
            const { fault, delay } = script.next().value ?? { fault: 'none', delay: 0 };
            if (fault === 'lost before') throw new StratalogError('UNAVAILABLE', 'lost before');
            if (fault === 'throttled') throw new StratalogError('THROTTLED', 'busy', { retryAfterMs: 1 });
            if (fault === 'cannot be retried') throw new StratalogError('POLICY_VIOLATION', 'refused');
            if (fault === 'slow') await turns(delay * 3);
            const answer = await proceed(request);
            await turns(delay);
            if (fault === 'lost after') throw new StratalogError('OUTCOME_UNKNOWN', 'lost after');
            return answer;
          };
          await using producer = new Producer({
            transport: log,
            lingerMs: 0,
            batchSize: 120,
            maxInFlight,
            retryBackoffMs: 1,
            retryBackoffMaxMs: 1,
          });
          const sent: Promise<{ readonly value: string; readonly offset: number } | undefined>[] = [];
          for (const burst of bursts) {
            for (let index = 0; index < burst; index++) {
              const value = `v${sent.length}`;
              sent.push(
                producer.send({ topic: 't', value }).then(
                  ({ offset }) => ({ value, offset }),
                  () => undefined,
                ),
              );
            }
            await turns(2);
          }
          const acknowledged = (await Promise.all(sent)).filter((place) => place !== undefined);
          const stored = log.values('t');
          for (const { value, offset } of acknowledged) expect(stored[offset]).toBe(value);
          expect(new Set(stored).size).toBe(stored.length);
          const numbers = stored.map((value) => Number(value.slice(1)));
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          expect(producer.stats.bufferedBytes).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
