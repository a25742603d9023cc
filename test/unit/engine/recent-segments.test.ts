import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LeaseId } from '../../../lib/core/ids.ts';
import { RecentSegments } from '../../../lib/engine/recent-segments.ts';

const lease = (n: number) => String(n).padStart(24, '0') as LeaseId;
const filled = (bytes: number, with_: number) => Buffer.alloc(bytes, with_);

describe('segments written lately', () => {
  it('are shown as they were put, by partition, apart from the buffers they were put from', () => {
    const recent = new RecentSegments(1_000);
    const third = filled(5, 3);
    recent.add(lease(1), [
      { position: 0, chunks: [filled(10, 1), filled(20, 2)] },
      { position: 30, chunks: [third] },
    ]);
    expect(recent.get(lease(1), 0, 30)).toEqual(Buffer.concat([filled(10, 1), filled(20, 2)]));
    expect(recent.get(lease(1), 10, 20)).toEqual(filled(20, 2));
    third.fill(9);
    expect(recent.get(lease(1), 30, 5)).toEqual(filled(5, 3));
    for (const [position, length] of [
      [20, 15],
      [30, 6],
      [35, 1],
    ] as const)
      expect(recent.get(lease(1), position, length)).toBeUndefined();
    expect(recent.get(lease(2), 0, 1)).toBeUndefined();
  });

  it('are not kept where they are too large, or nothing is to be kept', () => {
    const recent = new RecentSegments(1_000, 100);
    recent.add(lease(1), [{ position: 0, chunks: [filled(101, 1)] }]);
    expect(recent.get(lease(1), 0, 101)).toBeUndefined();
    const nothing = new RecentSegments(0);
    nothing.add(lease(1), [{ position: 0, chunks: [filled(1, 1)] }]);
    expect([nothing.get(lease(1), 0, 1), nothing.bytes]).toEqual([undefined, 0]);
  });

  it('stay as they were put until they go, the newest last, within the bound', () => {
    const MAX = 5 * 1024 * 1024;
    const segment = fc.record({ id: fc.nat(40), slices: fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 60 }), (segments) => {
        const recent = new RecentSegments(MAX, 2 * 1024 * 1024);
        const put = new Map<LeaseId, { readonly slices: readonly { position: number; size: number }[]; readonly with_: number }>();
        for (const [i, { id, slices }] of segments.entries()) {
          const sizes = slices.map((size, n) => ({ position: slices.slice(0, n).reduce((sum, one) => sum + one, 0), size }));
          // A segment that is put again under its lease has the same bytes.
          const known = put.get(lease(id)) ?? { slices: sizes, with_: i + 1 };
          put.set(lease(id), known);
          recent.add(
            lease(id),
            known.slices.map(({ position, size }) => ({ position, chunks: [filled(size, known.with_)] })),
          );
          expect(recent.bytes).toBeLessThanOrEqual(MAX);
          for (const [position, size] of known.slices.map((slice) => [slice.position, slice.size] as const))
            expect(recent.get(lease(id), position, size)?.equals(filled(size, known.with_))).toBe(true);
        }
        for (const [id, { slices, with_ }] of put)
          for (const { position, size } of slices) {
            const bytes = recent.get(id, position, size);
            if (bytes !== undefined) expect(bytes.equals(filled(size, with_))).toBe(true);
          }
      }),
      { numRuns: 60 },
    );
  });
});
