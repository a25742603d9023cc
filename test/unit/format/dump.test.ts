import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topicIdFrom } from '../../../lib/core/ids.ts';
import { type DumpedBatch, dumpSegment } from '../../../lib/format/dump.ts';
import { buildSegment } from '../../../lib/format/segment.ts';
import { goldenBatches } from './golden-batches.ts';

function drain(bytes: Uint8Array, records = false): { batches: DumpedBatch[]; end: string | undefined } {
  const { batches: walk } = dumpSegment(bytes, { records });
  const batches: DumpedBatch[] = [];
  for (;;) {
    const step = walk.next();
    if (step.done === true) return { batches, end: step.value };
    batches.push(step.value);
  }
}

const golden = goldenBatches();
const facts = { span: 5, records: 5, minTimestamp: 1, maxTimestamp: 2 };
const topicId = topicIdFrom(new Uint8Array(16));
const wal = Buffer.concat(
  buildSegment([
    { topicId, partition: 0, ...facts, chunks: golden.slice(0, 2).map(({ bytes }) => bytes) },
    { topicId, partition: 1, ...facts, chunks: [] },
    { topicId, partition: 2, ...facts, chunks: golden.slice(2, 3).map(({ bytes }) => bytes) },
  ]).chunks,
);

describe('a dump', () => {
  it('tells a segment as written: its slices, and the batches of each', () => {
    const dump = dumpSegment(wal);
    expect(dump).toMatchObject({ kind: 'wal', sizeBytes: wal.length, slices: [{ partition: 0 }, { partition: 1 }, { partition: 2 }] });
    expect(drain(wal).batches.map(({ slice, crcValid }) => [slice, crcValid])).toEqual([
      [0, true],
      [0, true],
      [2, true],
    ]);
  });

  it('tells a log file: its batches, with records when asked for', () => {
    const log = Buffer.concat(golden.map(({ bytes }) => bytes));
    expect(dumpSegment(log)).toMatchObject({ kind: 'log', slices: [], bodyBytes: log.length });
    const { batches, end } = drain(log, true);
    expect(end).toBeUndefined();
    expect(batches.map(({ records }) => records?.length)).toEqual(golden.map(({ records }) => records.length));
  });

  it('tells a wrong CRC, broken records, a broken footer and a cut off end, and goes on as far as it can', () => {
    const bytes = Buffer.from(golden[0]?.bytes ?? []);
    bytes[61] = 3;
    const log = Buffer.concat([bytes, golden[1]?.bytes ?? bytes, bytes.subarray(0, 80)]);
    const { batches, end } = drain(log, true);
    expect(batches.map(({ crcValid }) => crcValid)).toEqual([false, true]);
    expect(batches[0]?.problem).toMatch(/record at byte 0/);
    expect(end).toMatch(/cut off/);
    const broken = Buffer.from(wal);
    broken[wal.length - 30] = (broken[wal.length - 30] ?? 0) ^ 1;
    expect(dumpSegment(broken)).toMatchObject({ kind: 'log', problem: expect.stringMatching(/CRC of its footer/) });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }), fc.nat(), (edits, cut) => {
        const bytes = Uint8Array.from(wal);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        drain(bytes, true);
        drain(bytes.subarray(0, cut % bytes.length), true);
      }),
      { numRuns: 500 },
    );
  });
});
