import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FLOOR_DELETED,
  FLOOR_NONE,
  isLeaseId,
  isTopicId,
  leaseIdFrom,
  leaseTimeMs,
  nextLeaseId,
  topicIdFrom,
} from '../../../lib/core/ids.ts';

const six = fc.uint8Array({ minLength: 6, maxLength: 6 });
const time = fc.integer({ min: 0, max: 2 ** 45 });

describe('lease ids', () => {
  it('compare as their times do', () => {
    fc.assert(
      fc.property(time, time, six, six, (a, b, ra, rb) => {
        if (a < b) expect(leaseIdFrom(a, ra) < leaseIdFrom(b, rb)).toBe(true);
        expect(leaseTimeMs(leaseIdFrom(a, ra))).toBe(a);
        expect(isLeaseId(leaseIdFrom(a, ra))).toBe(true);
      }),
    );
  });

  it('are minted above everything seen, however slow the clock is', () => {
    fc.assert(
      fc.property(time, time, six, six, (now, seenAt, r1, r2) => {
        const seen = leaseIdFrom(seenAt, r1);
        const minted = nextLeaseId(now, seen, r2);
        expect(minted > seen).toBe(true);
        expect(leaseTimeMs(minted)).toBeGreaterThanOrEqual(now);
      }),
    );
  });

  it('lie between the two floors that are not leases', () => {
    fc.assert(
      fc.property(time, six, (at, random) => {
        const id = nextLeaseId(at + 1, FLOOR_NONE, random);
        expect(id > FLOOR_NONE && id < FLOOR_DELETED).toBe(true);
      }),
    );
  });
});

describe('topic ids', () => {
  it('are random UUIDs in canonical form', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (random) => {
        const id = topicIdFrom(random);
        expect(isTopicId(id)).toBe(true);
        expect(id[14]).toBe('4');
      }),
    );
  });
});
