import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError, type StratalogError } from '../../../lib/core/errors.ts';
import type { LeaseId } from '../../../lib/core/ids.ts';
import type { Entry, LeaseRecord, ProducerState } from '../../../lib/core/lease-record.ts';
import { decodeLeaseRecord, encodeLeaseRecord } from '../../../lib/format/lease-codec.ts';
import { decodeProducer, encodeProducer } from '../../../lib/format/producer-codec.ts';
import { leaseRecords, producerStates } from './metadata-arbitraries.ts';

const NOW = 1_790_000_000_000;
const leaseOf = (n: number) => (NOW.toString(16).padStart(12, '0') + n.toString(16).padStart(12, '0')) as LeaseId;

/** A record as a busy partition has it: large offsets, segments of 8 MiB, batches of a thousand records. */
function busyRecord(entries: number, producers: number): LeaseRecord {
  const tail = Array.from(
    { length: entries },
    (_, i): Entry => ({
      lease: leaseOf(0xfeed_0000_0000 + i),
      kind: 'wal',
      position: 7_999_999 + i,
      length: 8_000_000,
      span: 1_000_000,
      records: 1_000_000,
      maxTimestamp: NOW + i * 1_000,
      zones: 7,
    }),
  );
  return {
    version: 2 ** 40,
    next: 2 ** 45,
    start: 2 ** 44,
    floor: leaseOf(1),
    tail,
    maxTimestampBelow: NOW,
    bytesBelow: 2 ** 52,
    producers: Array.from({ length: producers }, (_, i) => busyProducer(i)),
    evictions: 2 ** 32,
    open: [],
  };
}

function busyProducer(i: number): ProducerState {
  return {
    producerId: 2 ** 50 + i,
    epoch: 32_767,
    lastUsedMs: NOW,
    batches: Array.from({ length: 5 }, (_, n) => ({
      firstSequence: 2 ** 31 - 1 - n,
      lastSequence: 1_000_000,
      baseOffset: 2 ** 45 + n * 2 ** 31,
      // The producer's own clock, as wrong as can be.
      timestamp: n % 2 === 0 ? -1 : NOW * 2,
    })),
  };
}

describe('a packed lease record', () => {
  it('is these bytes for good', () => {
    const record: LeaseRecord = {
      version: 300,
      next: 1_000,
      start: 5,
      floor: '0123456789abcdef01234567' as LeaseId,
      tail: [
        {
          lease: '018bcfe5680000000000000a' as LeaseId,
          kind: 'inline',
          position: 0,
          length: 200,
          span: 3,
          records: 2,
          maxTimestamp: 1_700_000_000_000,
          zones: 3,
        },
        {
          lease: 'ffffffffffffffffffffffff' as LeaseId,
          kind: 'gone',
          position: 1,
          length: 0,
          span: 1,
          records: 0,
          maxTimestamp: -1,
          zones: 0,
        },
      ],
      maxTimestampBelow: -1,
      bytesBelow: 70_000,
      producers: [
        {
          producerId: 7,
          epoch: 1,
          lastUsedMs: 1_700_000_000_000,
          batches: [{ firstSequence: 2_147_483_647, lastSequence: 1, baseOffset: 990, timestamp: 1_699_999_999_999 }],
        },
      ],
      evictions: 2,
      open: [{ producerId: 7, firstOffset: 990 }],
    };
    const golden = [
      '4c01', // magic, version
      'd804',
      'd00f',
      '0a', // version 300, next 1,000, start 5
      '0123456789abcdef01234567',
      '01',
      'e0c508',
      '04', // -1, 70,000 bytes, 2 evictions
      '02', // entries
      '01',
      '03',
      '018bcfe5680000000000000a',
      '00',
      '9003',
      '06',
      '02',
      '80a0abfef962',
      '03',
      '00',
      'ffffffffffffffffffffffff',
      '02',
      '00',
      '02',
      '02',
      '81a0abfef962',
      '01', // producers
      '0e',
      '02',
      '80a0abfef962',
      '01',
      'ffffffff07',
      '02',
      'bc0f',
      '01',
      '01', // open transactions
      '0e',
      'bc0f',
    ].join('');
    expect(Buffer.from(encodeLeaseRecord(record)).toString('hex')).toBe(golden);
    expect(decodeLeaseRecord(Buffer.from(golden, 'hex'))).toEqual(record);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(leaseRecords(), (record) => {
        expect(decodeLeaseRecord(encodeLeaseRecord(record))).toEqual(record);
      }),
    );
  });

  it('takes at most a kilobyte with 12 entries, and 4 with a full tail and 16 producers', () => {
    expect(encodeLeaseRecord(busyRecord(12, 0)).length).toBeLessThanOrEqual(1_000);
    expect(encodeLeaseRecord(busyRecord(28, 16)).length).toBeLessThanOrEqual(4_000);
  });

  it('grows by at most 135 bytes with a producer', () => {
    expect(encodeLeaseRecord(busyRecord(12, 1)).length - encodeLeaseRecord(busyRecord(12, 0)).length).toBeLessThanOrEqual(135);
  });

  it('owns its memory', () => {
    const bytes = encodeLeaseRecord(busyRecord(1, 1));
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it('is refused as corrupt when any of it is missing or anything follows', () => {
    const bytes = encodeLeaseRecord(busyRecord(2, 2));
    for (let length = 0; length < bytes.length; length++) expectCorrupt(() => decodeLeaseRecord(bytes.subarray(0, length)));
    expectCorrupt(() => decodeLeaseRecord(Buffer.concat([bytes, Buffer.of(0)])));
  });

  it('is refused with its version when a later program wrote it', () => {
    const bytes = encodeLeaseRecord(busyRecord(1, 0));
    bytes[1] = 2;
    expect(() => decodeLeaseRecord(bytes)).toThrow(/version is 2/);
  });

  it('never yields anything but a record or the corruption error, whatever the bytes', () => {
    const valid = encodeLeaseRecord(busyRecord(3, 2));
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(valid.length - 1), (at, byte, other) => {
        const bytes = Uint8Array.from(valid);
        bytes[at] = byte;
        bytes[other] = (bytes[other] as number) ^ 0x80;
        corruptOrFine(() => decodeLeaseRecord(bytes));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => corruptOrFine(() => decodeLeaseRecord(Buffer.from([0x4c, 1, ...tail])))),
    );
  });

  it('does not reserve memory for a count that its bytes cannot hold', () => {
    const bytes = Buffer.concat([encodeLeaseRecord(busyRecord(0, 0)).subarray(0, -3), Buffer.from('ffffffff0f', 'hex')]);
    expectCorrupt(() => decodeLeaseRecord(bytes));
  });
});

describe("a packed producer's state", () => {
  it('is these bytes for good', () => {
    const state: ProducerState = {
      producerId: 7,
      epoch: 1,
      lastUsedMs: 1_700_000_000_000,
      batches: [{ firstSequence: 5, lastSequence: 9, baseOffset: 990, timestamp: 1_699_999_999_999 }],
    };
    expect(Buffer.from(encodeProducer(state)).toString('hex')).toBe('51010e0280a0abfef962010504bc0f01');
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(producerStates(), (state) => {
        expect(decodeProducer(encodeProducer(state))).toEqual(state);
      }),
    );
  });

  it('never yields anything but a state or the corruption error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (tail) => corruptOrFine(() => decodeProducer(Buffer.from([0x51, 1, ...tail])))),
    );
    expectCorrupt(() => decodeProducer(encodeLeaseRecord(busyRecord(0, 0))));
  });
});

function corruptOrFine(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!isStratalogError(error, 'CORRUPT_OBJECT')) throw error;
  }
}

function expectCorrupt(decode: () => unknown): void {
  let caught: unknown;
  try {
    decode();
  } catch (error) {
    caught = error;
  }
  expect((caught as StratalogError | undefined)?.code).toBe('CORRUPT_OBJECT');
}
