import { describe, expect, it } from 'vitest';
import { type GrantRequest, grant } from '../../../lib/core/grant.ts';
import { FLOOR_NONE, type LeaseId } from '../../../lib/core/ids.ts';
import { emptyLeaseRecord, type LeaseRecord } from '../../../lib/core/lease-record.ts';

const LIMITS = { tailEntriesMax: 28, producersMax: 2 };

function requestOf(lease: string, producerIds: readonly number[], sequence: number): GrantRequest {
  const batches = producerIds.map((producerId, at) => ({
    position: at * 100,
    length: 100,
    span: 1,
    records: 1,
    maxTimestamp: 1,
    producerId,
    producerEpoch: 0,
    baseSequence: sequence,
  }));
  return { lease: lease.padStart(24, '0') as LeaseId, kind: 'wal', zones: 1, batches };
}

function decide(record: LeaseRecord, request: GrantRequest) {
  const states = new Map(request.batches.map(({ producerId }) => [producerId, null]));
  const decision = grant(record, [request], { nowMs: 1, limits: LIMITS, known: { evictions: record.evictions, states } });
  if (decision.kind !== 'decided') throw new Error(decision.kind);
  return decision;
}

describe('producers that leave a lease record', () => {
  it('are never those whose batches the same write grants, however many they are', () => {
    const decision = decide(emptyLeaseRecord(FLOOR_NONE), requestOf('1', [1, 2, 3, 4], 0));
    expect(decision.evicted).toEqual([]);
    expect(decision.record.producers.map(({ producerId }) => producerId)).toEqual([1, 2, 3, 4]);
  });

  it('are the surplus of earlier writes, at the next one', () => {
    const first = decide(emptyLeaseRecord(FLOOR_NONE), requestOf('1', [1, 2, 3, 4], 0));
    const second = decide(first.record, requestOf('2', [5], 0));
    expect(second.evicted).toEqual(first.record.producers.slice(0, 3));
    expect(second.record.producers.map(({ producerId }) => producerId)).toEqual([4, 5]);
    expect(second.record.evictions).toBe(3);
  });

  it('are known however fast the clock of the writer is', () => {
    const first = decide(emptyLeaseRecord(FLOOR_NONE), requestOf('1', [1], 0));
    const again = grant(first.record, [requestOf('2', [1], 0)], { nowMs: 30 * 24 * 60 * 60 * 1000, limits: LIMITS });
    expect(again).toMatchObject({ grantedSpan: 0, answers: [{ batches: [{ kind: 'duplicate', baseOffset: 0 }] }] });
  });
});
