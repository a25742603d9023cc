import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseIdFrom } from '../../../lib/core/ids.ts';
import { type IndexPage, pageBytes, pageEnd } from '../../../lib/core/index-page.ts';
import type { EntryKind } from '../../../lib/core/lease-record.ts';
import { isRawPage, type MergeRules, mergeRulesOf, planMerges } from '../../../lib/core/maintenance-merge.ts';

const RULES: MergeRules = { entriesMin: 64, ageMs: 600_000, fanIn: 8, fileBytesMax: 1_000_000, spanMsMax: Number.MAX_SAFE_INTEGER };
const NOW_MS = 10_000_000;

/** Adjacent pages of given kinds and sizes. */
function pagesOf(shapes: readonly { kind: EntryKind; bytes: number; entries?: number; ageMs?: number; cleaned?: boolean }[]): IndexPage[] {
  let firstOffset = 0;
  return shapes.map(({ kind, bytes, entries = 1, ageMs = 0, cleaned }) => {
    const page: IndexPage = {
      firstOffset,
      version: 0,
      maxTimestampBefore: -1,
      bytesBefore: 0,
      ...(cleaned ? { cleaned: true as const } : {}),
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

  it('takes tiny files along with newer segments of more bytes, and leaves larger ones', () => {
    const run = { kind: 'wal' as const, bytes: 9_000, entries: 20, ageMs: 600_000 };
    expect(sizes(planMerges(pagesOf([{ kind: 'log', bytes: 500_000 }, { kind: 'log', bytes: 8_000 }, run]), RULES, NOW_MS))).toEqual([2]);
    expect(sizes(planMerges(pagesOf([{ kind: 'log', bytes: 80_000 }, run]), RULES, NOW_MS))).toEqual([1]);
    const many = { kind: 'wal' as const, bytes: 9_000, entries: 64 };
    expect(sizes(planMerges(pagesOf([{ kind: 'log', bytes: 8_000 }, many]), RULES, NOW_MS))).toEqual([1]);
  });

  it('makes the next size of as many files of one size as the fan-in says, and never touches a full one', () => {
    const files = (count: number, bytes: number) => Array.from({ length: count }, () => ({ kind: 'log' as const, bytes }));
    expect(sizes(planMerges(pagesOf(files(7, 70_000)), RULES, NOW_MS))).toEqual([]);
    expect(sizes(planMerges(pagesOf(files(8, 70_000)), RULES, NOW_MS))).toEqual([8]);
    expect(sizes(planMerges(pagesOf(files(9, 600_000)), RULES, NOW_MS))).toEqual([]);
    expect(sizes(planMerges(pagesOf([...files(4, 70_000), { kind: 'log', bytes: 600_000 }, ...files(4, 70_000)]), RULES, NOW_MS))).toEqual(
      [],
    );
  });

  it('never mixes what compaction has cleaned with what it has not', () => {
    const shapes = [...Array(10)].map(() => ({ kind: 'log' as const, bytes: 1_000, cleaned: true }));
    expect(planMerges(pagesOf(shapes), RULES, NOW_MS)).toEqual([]);
  });

  it('keeps files below a quarter of what retention keeps, and within segment.ms', () => {
    const settings = { mergeEntriesMin: 64, mergeAgeMs: 1, mergeFanIn: 32, fileBytesMax: 128 * 1024 * 1024 };
    expect(mergeRulesOf({}, settings)).toMatchObject({ fileBytesMax: 128 * 1024 * 1024, spanMsMax: 604_800_000 / 4 });
    const tight = { 'segment.bytes': '2000000', 'retention.bytes': '4000000', 'retention.ms': '-1', 'segment.ms': '1000' };
    expect(mergeRulesOf(tight, settings)).toMatchObject({ fileBytesMax: 1_000_000, spanMsMax: 1_000 });
    expect(mergeRulesOf({ 'cleanup.policy': 'compact' }, settings).spanMsMax).toBe(604_800_000);
  });

  it('always plans runs of adjacent pages that do not overlap and keep within their bounds', () => {
    const shape = fc.record({
      kind: fc.constantFrom<EntryKind>('wal', 'inline', 'log', 'gone'),
      bytes: fc.integer({ min: 0, max: 1_200_000 }),
      entries: fc.integer({ min: 1, max: 28 }),
      ageMs: fc.integer({ min: 0, max: 1_200_000 }),
      cleaned: fc.boolean(),
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
