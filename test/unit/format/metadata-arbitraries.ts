import * as fc from 'fast-check';
import type { LeaseId } from '../../../lib/core/ids.ts';
import type { IndexPage } from '../../../lib/core/index-page.ts';
import type { Entry, EntryKind, LeaseRecord, ProducerBatch, ProducerState } from '../../../lib/core/lease-record.ts';

/** Offsets, versions and sizes: small ones, ones around the varints' borders, and the largest. */
export const sizes = () =>
  fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER));
const timestamps = () => fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 2 ** 50 }));
const leases = () => fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('hex') as LeaseId);
const sequences = () => fc.integer({ min: 0, max: 2 ** 31 - 1 });

export const entries = (): fc.Arbitrary<Entry> =>
  fc
    .record({
      lease: leases(),
      kind: fc.constantFrom<EntryKind>('wal', 'inline', 'log', 'gone'),
      position: sizes(),
      length: sizes(),
      span: sizes(),
      records: sizes(),
      maxTimestamp: timestamps(),
      zones: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    })
    .map((entry) => ({ ...entry, records: Math.min(entry.records, entry.span) }));

const batches = (): fc.Arbitrary<ProducerBatch> =>
  fc.record({ firstSequence: sequences(), lastSequence: sequences(), baseOffset: sizes(), timestamp: timestamps() });

export const producerStates = (): fc.Arbitrary<ProducerState> =>
  fc.record({
    producerId: sizes(),
    epoch: fc.integer({ min: 0, max: 32_767 }),
    batches: fc.array(batches(), { maxLength: 5 }),
    lastUsedMs: fc.integer({ min: 0, max: 2 ** 50 }),
  });

export const leaseRecords = (): fc.Arbitrary<LeaseRecord> =>
  fc.record({
    version: sizes(),
    next: sizes(),
    start: sizes(),
    floor: leases(),
    tail: fc.array(entries(), { maxLength: 28 }),
    maxTimestampBelow: timestamps(),
    bytesBelow: sizes(),
    producers: fc.array(producerStates(), { maxLength: 16 }),
    evictions: sizes(),
    open: fc.array(fc.record({ producerId: sizes(), firstOffset: sizes() }), { maxLength: 3 }),
  });

export const indexPages = (): fc.Arbitrary<IndexPage> => {
  const page = fc.record({
    firstOffset: sizes(),
    version: sizes(),
    entries: fc.array(entries(), { maxLength: 64 }),
    maxTimestampBefore: timestamps(),
    bytesBefore: sizes(),
  });
  const stub = fc.record({ page, mergedInto: sizes(), mergedAtMs: sizes() });
  return fc.oneof(
    page,
    stub.map(({ page: under, ...marks }) => ({ ...under, entries: [], ...marks })),
  );
};
