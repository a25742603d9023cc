import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutTail, type GrantBatch, type GrantRequest, grant, resolveInRecord } from '../../../lib/core/grant.ts';
import { FLOOR_DELETED, FLOOR_NONE, type LeaseId, leaseIdFrom } from '../../../lib/core/ids.ts';
import {
  emptyLeaseRecord,
  entryAt,
  type LeaseRecord,
  type ProducerState,
  spanOf,
  tailBase,
  withFloor,
} from '../../../lib/core/lease-record.ts';
import { LEASE_PRODUCERS_MAX, PRODUCER_BATCHES_KEPT } from '../../../lib/core/limits.ts';

const LIMITS = { tailEntriesMax: 28, producersMax: LEASE_PRODUCERS_MAX };
const lease = (n: number): LeaseId => leaseIdFrom(n, new Uint8Array(6));

function plain(span: number, position = 0): GrantBatch {
  return { position, length: 100, span, records: span, maxTimestamp: 5, producerId: -1, producerEpoch: -1, baseSequence: -1 };
}

function sequenced(producerId: number, baseSequence: number, span: number, producerEpoch = 0): GrantBatch {
  return { ...plain(span), producerId, producerEpoch, baseSequence };
}

function request(id: number, batches: readonly GrantBatch[]): GrantRequest {
  let position = 0;
  const placed = batches.map((batch) => {
    const at = position;
    position += batch.length;
    return { ...batch, position: at };
  });
  return { lease: lease(id), kind: 'wal', zones: 1, batches: placed };
}

function decide(record: LeaseRecord, requests: readonly GrantRequest[], context: Partial<Parameters<typeof grant>[2]> = {}) {
  const decision = grant(record, requests, { nowMs: 1_000, limits: LIMITS, ...context });
  if (decision.kind !== 'decided') throw new Error(decision.kind);
  return decision;
}

describe('a grant', () => {
  it('puts the batches of all waiting segments one after the other, without holes', () => {
    const { record, answers, grantedSpan } = decide(emptyLeaseRecord(FLOOR_NONE), [
      request(1, [plain(3), plain(2)]),
      request(2, [plain(4)]),
    ]);
    expect(answers).toEqual([
      {
        kind: 'decided',
        batches: [
          { kind: 'granted', baseOffset: 0 },
          { kind: 'granted', baseOffset: 3 },
        ],
      },
      { kind: 'decided', batches: [{ kind: 'granted', baseOffset: 5 }] },
    ]);
    expect(grantedSpan).toBe(9);
    expect(record).toMatchObject({ version: 1, next: 9 });
    expect(record.tail.map(({ span, length }) => ({ span, length }))).toEqual([
      { span: 5, length: 200 },
      { span: 4, length: 100 },
    ]);
  });

  it('refuses a lease at or below the floor, whatever else it grants', () => {
    const fenced = withFloor(emptyLeaseRecord(FLOOR_NONE), lease(5));
    const { answers, record } = decide(fenced, [request(5, [plain(1)]), request(6, [plain(1)])]);
    expect(answers[0]).toEqual({ kind: 'fenced', floor: lease(5) });
    expect(answers[1]).toEqual({ kind: 'decided', batches: [{ kind: 'granted', baseOffset: 0 }] });
    expect(record.next).toBe(1);
  });

  it('grants nothing in a partition that is deleted', () => {
    const { answers, grantedSpan } = decide(withFloor(emptyLeaseRecord(FLOOR_NONE), FLOOR_DELETED), [request(6, [plain(1)])]);
    expect(answers).toEqual([{ kind: 'deleted' }]);
    expect(grantedSpan).toBe(0);
  });

  it('keeps the good batches of a segment around a bad one, as entries that skip its bytes', () => {
    const first = decide(emptyLeaseRecord(FLOOR_NONE), [request(1, [sequenced(7, 0, 2)])]).record;
    const { answers, record } = decide(first, [request(2, [plain(1), sequenced(7, 9, 1), plain(1)])]);
    expect(answers[0]).toMatchObject({
      batches: [
        { kind: 'granted', baseOffset: 2 },
        { kind: 'refused', code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
        { kind: 'granted', baseOffset: 3 },
      ],
    });
    expect(record.tail.slice(1).map(({ position, length }) => [position, length])).toEqual([
      [0, 100],
      [200, 100],
    ]);
  });

  it('asks for producers that were moved out, and decides once it knows them', () => {
    const evicted = { ...emptyLeaseRecord(FLOOR_NONE), evictions: 3, next: 10 };
    const asked = grant(evicted, [request(1, [sequenced(7, 0, 2)])], { nowMs: 1, limits: LIMITS });
    expect(asked).toEqual({ kind: 'needs-producers', producerIds: [7] });
    const state: ProducerState = {
      producerId: 7,
      epoch: 0,
      batches: [{ firstSequence: 0, lastSequence: 1, baseOffset: 4, timestamp: 9 }],
      lastUsedMs: 0,
    };
    const known = { evictions: 3, states: new Map([[7, state]]) };
    expect(decide(evicted, [request(1, [sequenced(7, 0, 2)])], { known }).answers).toEqual([
      { kind: 'decided', batches: [{ kind: 'duplicate', baseOffset: 4, timestamp: 9 }] },
    ]);
    expect(grant(evicted, [request(1, [sequenced(7, 0, 2)])], { nowMs: 1, limits: LIMITS, known: { ...known, evictions: 2 } }).kind).toBe(
      'needs-producers',
    );
  });

  it('cuts what a page holds only while the tail still begins there', () => {
    const record = decide(emptyLeaseRecord(FLOOR_NONE), [request(1, [plain(2)]), request(2, [plain(3)])]).record;
    expect(cutTail(record, { tailBase: 0, entries: 1 })).toMatchObject({ bytesBelow: 100, maxTimestampBelow: 5, next: 5 });
    expect(tailBase(cutTail(record, { tailBase: 0, entries: 1 }))).toBe(2);
    expect(cutTail(record, { tailBase: 1, entries: 1 })).toBe(record);
    expect(cutTail(record, { tailBase: 0, entries: 3 })).toBe(record);
  });

  it('asks for a roll rather than let the tail grow past its bound, and refuses what an empty tail cannot hold', () => {
    const limits = { ...LIMITS, tailEntriesMax: 4 };
    const many = Array.from({ length: 5 }, (_, i) => request(i + 1, [plain(1)]));
    const begun = decide(emptyLeaseRecord(FLOOR_NONE), [request(1, [plain(1)])]).record;
    expect(grant(begun, many, { nowMs: 1, limits }).kind).toBe('needs-roll');
    const { answers, record } = decide(emptyLeaseRecord(FLOOR_NONE), many, { limits });
    expect(answers.slice(0, 4)).toMatchObject(Array.from({ length: 4 }, (_, i) => ({ batches: [{ kind: 'granted', baseOffset: i }] })));
    expect(answers[4]).toMatchObject({ batches: [{ kind: 'refused', code: 'THROTTLED' }] });
    expect(record).toMatchObject({ next: 4 });
  });

  it('tells an applied attempt from a dead one by who stands at its offset', () => {
    const record = decide(emptyLeaseRecord(FLOOR_NONE), [request(1, [plain(2)]), request(2, [plain(3)])]).record;
    expect(resolveInRecord(record, { base: 2, lease: lease(2) })).toBe('applied');
    expect(resolveInRecord(record, { base: 2, lease: lease(3) })).toBe('dead');
    expect(resolveInRecord(record, { base: 1, lease: lease(1) })).toBe('dead');
    expect(resolveInRecord(record, { base: 5, lease: lease(3) })).toBe('dead');
    expect(resolveInRecord(cutTail(record, { tailBase: 0, entries: 1 }), { base: 0, lease: lease(1) })).toBe('look-in-pages');
  });
});

/** Kafka's rules for one producer in their plainest form: everything that was ever appended, looked at from the start. */
class ModelLog {
  readonly log: { producerId: number; epoch: number; sequence: number; base: number; span: number }[] = [];
  next = 0;

  append(batch: GrantBatch): 'duplicate' | 'refused' | 'granted' {
    const own = this.log.filter(({ producerId }) => producerId === batch.producerId);
    const newest = own.at(-1);
    if (batch.producerId >= 0 && newest !== undefined) {
      if (batch.producerEpoch < newest.epoch) return 'refused';
      if (batch.producerEpoch > newest.epoch && batch.baseSequence !== 0) return 'refused';
      if (batch.producerEpoch === newest.epoch) {
        const window = own.filter(({ epoch }) => epoch === newest.epoch).slice(-PRODUCER_BATCHES_KEPT);
        if (window.some(({ sequence, span }) => sequence === batch.baseSequence && span === batch.span)) return 'duplicate';
        if (batch.baseSequence !== newest.sequence + newest.span) return 'refused';
      }
    }
    this.log.push({
      producerId: batch.producerId,
      epoch: batch.producerEpoch,
      sequence: batch.baseSequence,
      base: this.next,
      span: batch.span,
    });
    this.next += batch.span;
    return 'granted';
  }
}

describe('grants in any order', () => {
  const anyBatch = fc.oneof(
    fc.record({ span: fc.integer({ min: 1, max: 4 }) }).map(({ span }) => plain(span)),
    fc
      .record({
        id: fc.integer({ min: 0, max: 30 }),
        sequence: fc.integer({ min: 0, max: 8 }),
        span: fc.integer({ min: 1, max: 3 }),
        epoch: fc.integer({ min: 0, max: 1 }),
      })
      .map(({ id, sequence, span, epoch }) => sequenced(id, sequence, span, epoch)),
  );
  const anyStep = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('grant' as const),
        segments: fc.array(fc.array(anyBatch, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
        late: fc.boolean(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('roll' as const), entries: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('floor' as const) }) },
  );

  it('agree with a model of the log that forgets nothing', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
        const model = new ModelLog();
        const stored = new Map<number, ProducerState>();
        let record = emptyLeaseRecord(FLOOR_NONE);
        let rolled = 0;
        let id = 10;
        let touched = 0;
        for (const step of steps) {
          if (step.kind === 'roll') {
            const entries = Math.min(step.entries, record.tail.length);
            rolled += spanOf(record.tail.slice(0, entries));
            record = cutTail(record, { tailBase: tailBase(record), entries });
          } else if (step.kind === 'floor') {
            record = withFloor(record, lease(id));
          } else {
            const requests = step.segments.map((batches, i) => request(step.late && i === 0 ? id - 5 : ++id, batches));
            const known = {
              evictions: record.evictions,
              states: new Map(Array.from({ length: 31 }, (_, n) => [n, stored.get(n) ?? null] as const)),
            };
            const decision = grant(record, requests, { nowMs: id, limits: { tailEntriesMax: 1_000, producersMax: 4 }, known });
            if (decision.kind !== 'decided') throw new Error(decision.kind);
            for (const state of decision.evicted) stored.set(state.producerId, state);
            for (const [i, answer] of decision.answers.entries()) {
              const asked = requests[i] as GrantRequest;
              expect(answer.kind).toBe(asked.lease <= record.floor ? 'fenced' : 'decided');
              if (answer.kind !== 'decided') continue;
              for (const [b, got] of answer.batches.entries()) {
                const before = model.next;
                expect(got.kind).toBe(model.append(asked.batches[b] as GrantBatch));
                if (got.kind === 'granted') {
                  expect(got.baseOffset).toBe(before);
                  expect(entryAt(decision.record.tail, rolled, before)?.entry.lease).toBe(asked.lease);
                }
              }
            }
            record = decision.record;
            if (decision.grantedSpan > 0)
              touched = new Set(requests.flatMap(({ batches }) => batches.map(({ producerId }) => producerId))).size;
          }
          expect(record.next).toBe(model.next);
          expect(tailBase(record)).toBe(rolled);
          expect(record.producers.length).toBeLessThanOrEqual(Math.max(4, touched));
        }
      }),
      { numRuns: 300 },
    );
  });
});
