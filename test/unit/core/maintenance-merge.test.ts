import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseIdFrom } from '../../../lib/core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../../../lib/core/index-page.ts';
import type { EntryKind } from '../../../lib/core/lease-record.ts';
import { becomesFinal, isRawPage, type MergeRules, mergeRulesOf, planMerges } from '../../../lib/core/maintenance-merge.ts';

const RULES: MergeRules = {
  entriesMin: 64,
  ageMs: 600_000,
  fanIn: 8,
  fileBytesMax: 1_000_000,
  heldBytesMax: 500_000,
  spanMsMax: Number.MAX_SAFE_INTEGER,
};
const NOW_MS = 10_000_000;

/** Adjacent pages of given kinds and sizes. */
function pagesOf(
  shapes: readonly { kind: EntryKind; bytes: number; entries?: number; ageMs?: number; cleaned?: boolean; final?: boolean }[],
): IndexPage[] {
  let firstOffset = 0;
  return shapes.map(({ kind, bytes, entries = 1, ageMs = 0, cleaned, final }) => {
    const page: IndexPage = {
      firstOffset,
      version: 0,
      maxTimestampBefore: -1,
      bytesBefore: 0,
      ...(cleaned ? { cleaned: true as const } : {}),
      ...(final ? { final: true as const } : {}),
      entries: Array.from({ length: entries }, (_, i) => ({
        lease: leaseIdFrom(NOW_MS - ageMs, new Uint8Array(6).fill(i)),
        kind,
        position: 0,
        length: Math.floor(bytes / entries),
        span: 10,
        records: 10,
        maxTimestamp: 5,
        zones: 1,
      })),
    };
    firstOffset = pageEnd(page);
    return page;
  });
}

const sizes = (runs: readonly (readonly IndexPage[])[]) => runs.map((run) => run.length);

describe('the plan of merges', () => {
  it('waits for enough entries, or for the oldest to be old', () => {
    const young = Array.from({ length: 5 }, () => ({ kind: 'wal' as const, bytes: 1_200, entries: 12 }));
    expect(planMerges(pagesOf(young), RULES, NOW_MS)).toEqual([]);
    expect(sizes(planMerges(pagesOf([...young, { kind: 'inline', bytes: 400, entries: 4 }]), RULES, NOW_MS))).toEqual([6]);
    expect(sizes(planMerges(pagesOf([{ kind: 'wal', bytes: 100, ageMs: 600_000 }]), RULES, NOW_MS))).toEqual([1]);
  });

  it('makes a first file of as many written segments as may be held, and the rest waits', () => {
    const large = Array.from({ length: 7 }, () => ({ kind: 'wal' as const, bytes: 120_000, entries: 2 }));
    expect(sizes(planMerges(pagesOf(large), RULES, NOW_MS))).toEqual([4, 3]);
    expect(sizes(planMerges(pagesOf(large.slice(0, 6)), RULES, NOW_MS))).toEqual([4]);
  });

  const files = (count: number, bytes: number) => Array.from({ length: count }, () => ({ kind: 'log' as const, bytes }));

  it('makes a final file of as many files as one transaction takes, of whatever size', () => {
    expect(sizes(planMerges(pagesOf(files(7, 70_000)), RULES, NOW_MS))).toEqual([]);
    expect(sizes(planMerges(pagesOf(files(8, 70_000)), RULES, NOW_MS))).toEqual([8]);
    const mixed = [...files(3, 5_000), ...files(3, 90_000), ...files(3, 5_000)];
    expect(sizes(planMerges(pagesOf(mixed), RULES, NOW_MS))).toEqual([8]);
  });

  it('makes a final file of fewer that nearly fill it, or whose next would not fit', () => {
    expect(sizes(planMerges(pagesOf(files(2, 370_000)), RULES, NOW_MS))).toEqual([]);
    expect(sizes(planMerges(pagesOf(files(2, 380_000)), RULES, NOW_MS))).toEqual([2]);
    expect(sizes(planMerges(pagesOf([...files(2, 300_000), ...files(1, 500_000)]), RULES, NOW_MS))).toEqual([2]);
    expect(sizes(planMerges(pagesOf(files(3, 600_000)), RULES, NOW_MS))).toEqual([]);
    const old = pagesOf(files(6, 1_000)).map((page, i) => ({ ...page, maxTimestampBefore: i * 1_000 }));
    const later = old.map((page, i) => ({ ...page, entries: page.entries.map((entry) => ({ ...entry, maxTimestamp: (i + 1) * 1_000 })) }));
    expect(sizes(planMerges(later, { ...RULES, spanMsMax: 4_000 }, NOW_MS))).toEqual([4]);
  });

  it('leaves final files as they are, and what stands on both sides of one apart', () => {
    const final = files(1, 70_000).map((file) => ({ ...file, final: true }));
    expect(sizes(planMerges(pagesOf(Array.from({ length: 20 }, () => final[0] as (typeof final)[0])), RULES, NOW_MS))).toEqual([]);
    expect(sizes(planMerges(pagesOf([...files(4, 70_000), ...final, ...files(4, 70_000)]), RULES, NOW_MS))).toEqual([]);
  });

  it('calls final what was made of files, unless it is so small that rewriting costs nothing', () => {
    expect(becomesFinal(pagesOf(files(2, 40_000)))).toBe(true);
    expect(becomesFinal(pagesOf(files(2, 30_000)))).toBe(false);
    expect(becomesFinal(pagesOf([{ kind: 'wal', bytes: 90_000 }]))).toBe(false);
  });

  it('never mixes what compaction has cleaned with what it has not', () => {
    const shapes = [...Array(10)].map(() => ({ kind: 'log' as const, bytes: 1_000, cleaned: true }));
    expect(planMerges(pagesOf(shapes), RULES, NOW_MS)).toEqual([]);
  });

  it('keeps files below a quarter of what retention keeps, and within segment.ms', () => {
    const settings = { mergeEntriesMin: 64, mergeAgeMs: 1, mergeFanIn: 32, fileBytesMax: 2 ** 30, mergeMemoryBytes: 2 ** 27 };
    expect(mergeRulesOf({}, settings)).toMatchObject({ fileBytesMax: 2 ** 30, heldBytesMax: 2 ** 27, spanMsMax: 604_800_000 / 4 });
    expect(mergeRulesOf({ 'segment.bytes': '200000000' }, settings).fileBytesMax).toBe(200_000_000);
    const tight = { 'segment.bytes': '2000000', 'retention.bytes': '4000000', 'retention.ms': '-1', 'segment.ms': '1000' };
    expect(mergeRulesOf(tight, settings)).toMatchObject({ fileBytesMax: 1_000_000, heldBytesMax: 1_000_000, spanMsMax: 1_000 });
    expect(mergeRulesOf({ 'cleanup.policy': 'compact' }, settings).spanMsMax).toBe(604_800_000);
  });

  it('always plans runs of adjacent pages that do not overlap and keep within their bounds', () => {
    const shape = fc.record({
      kind: fc.constantFrom<EntryKind>('wal', 'inline', 'log', 'gone'),
      bytes: fc.integer({ min: 0, max: 1_200_000 }),
      entries: fc.integer({ min: 1, max: 28 }),
      ageMs: fc.integer({ min: 0, max: 1_200_000 }),
      cleaned: fc.boolean(),
      final: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(shape, { maxLength: 120 }), (shapes) => {
        const pages = pagesOf(shapes);
        const runs = planMerges(pages, RULES, NOW_MS);
        const seen = new Set<IndexPage>();
        for (const run of runs) {
          for (const [i, page] of run.entries()) {
            expect(seen.has(page)).toBe(false);
            seen.add(page);
            expect(page.cleaned).toBeUndefined();
            expect(page.final).toBeUndefined();
            if (i > 0) expect(page.firstOffset).toBe(pageEnd(run[i - 1] as IndexPage));
          }
          expect(run.length).toBeLessThanOrEqual(45);
          const bytes = run.reduce((sum, page) => sum + pageBytes(page), 0);
          if (run.length > 1) expect(bytes).toBeLessThanOrEqual(RULES.fileBytesMax);
          // A single page is rewritten only to make a file of it.
          if (run.length === 1) expect(isRawPage(run[0] as IndexPage)).toBe(true);
        }
      }),
    );
  });
});
