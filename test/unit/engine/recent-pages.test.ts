import { describe, expect, it } from 'vitest';
import type { LeaseId, TopicId } from '../../../lib/core/ids.ts';
import type { IndexPage } from '../../../lib/core/index-page.ts';
import type { Entry } from '../../../lib/core/lease-record.ts';
import { RecentPages } from '../../../lib/engine/recent-pages.ts';

const lease = '0'.repeat(24) as LeaseId;
const key = (partition: number) => ({ topicId: 't' as TopicId, partition });

function pageFrom(firstOffset: number, span: number): IndexPage {
  const entry: Entry = { lease, kind: 'wal', position: 0, length: 1, span, records: span, maxTimestamp: 0, zones: 1 };
  return { firstOffset, version: 0, entries: [entry], maxTimestampBefore: -1, bytesBefore: 0 };
}

function createPages() {
  let nowMs = 0;
  const pages = new RecentPages({
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: async () => undefined,
  });
  return { pages, pass: (ms: number) => (nowMs += ms) };
}

describe('index pages of a moment ago', () => {
  it('are found by the offsets that they cover, of their partition alone', () => {
    const { pages } = createPages();
    const [page, next] = [pageFrom(10, 5), pageFrom(15, 5)];
    pages.keep(key(0), [page, next]);
    expect([9, 10, 14, 15, 19, 20].map((offset) => pages.covering(key(0), offset))).toEqual([undefined, page, page, next, next, undefined]);
    expect(pages.covering(key(1), 10)).toBeUndefined();
    pages.keep(key(0), [next]);
    expect([14, 15].map((offset) => pages.covering(key(0), offset))).toEqual([undefined, next]);
  });

  it('go after a second, and when they are to be forgotten', () => {
    const { pages, pass } = createPages();
    pages.keep(key(0), [pageFrom(0, 5)]);
    pass(1_000);
    expect(pages.covering(key(0), 0)).toBeDefined();
    pass(1);
    expect(pages.covering(key(0), 0)).toBeUndefined();
    pages.keep(key(0), [pageFrom(0, 5)]);
    pages.forget(key(0));
    expect(pages.covering(key(0), 0)).toBeUndefined();
  });

  it('are those of the 64 partitions that were read last', () => {
    const { pages } = createPages();
    for (let i = 0; i < 64; i++) pages.keep(key(i), [pageFrom(0, 5)]);
    pages.keep(key(0), [pageFrom(0, 5)]);
    pages.keep(key(64), [pageFrom(0, 5)]);
    expect([0, 1, 2, 64].map((i) => pages.covering(key(i), 0) !== undefined)).toEqual([true, false, true, true]);
  });
});
