/** How the memory of a server process is used and collected. */
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MemoryPool } from '../format/memory-pool.ts';

/** The first Node whose V8 knows the flag: an unknown one is an error line on stderr. */
const COUNTS_BUFFERS_FROM_NODE = 24;

const MIB = 1024 * 1024;
/** Heap and buffers may grow to this before a full collection, bytes; the base of a server is some 60 MiB of it. */
const COLLECT_AT_BYTES = 160 * MIB;
/** Least and most that they may grow by between two full collections, of what was left by the last one, percent. */
const GROWTH_MIN_PERCENT = 50;
const GROWTH_MAX_PERCENT = 400;
/** The young space grows to this and not further, bytes. */
const YOUNG_BYTES = 8 * MIB;
/** Bytes from sockets after which young memory is collected: the socket's own buffers, as many bytes, are nearly all dead by then. */
const COLLECT_YOUNG_EACH_BYTES = 8 * MIB;
/** Large buffers that nobody uses are kept up to here, bytes: two answers of 16 MiB and what is read ahead for them, in blocks of many sizes. */
const KEPT_BYTES = 64 * MIB;

/** An entry of Node's own about a collection; its types leave the details out. */
type GarbageCollection = PerformanceEntry & { readonly detail?: { readonly kind?: number } };

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;

/**
 * Sets the heap up for a server; to be called before much else is loaded. For a process of our own only: the settings are
 * the whole process's.
 *
 * A server's heap is small (20 to 70 MB) and what passes through it is large. By default every buffer of a socket counts
 * towards the next full collection, which then came every 6 to 14 MB of records and took a third to a half of the
 * processor time of produce and fetch at full speed. So
 *
 * - large buffers are used again ({@link serverMemory}), and young memory is collected each few MiB of those that came over
 *   sockets: half a millisecond, which frees what the sockets made for themselves. Not of those that are read: an answer lives
 *   longer than that, and what survives twice is left to the full collection;
 * - V8 counts buffers with the whole heap, where it can, and both together may grow to a fixed number of bytes, or by half
 *   of what is alive where that is more. V8 knows only a percentage, so it is set anew after each full collection;
 * - the young space grows to 8 MiB. With 4, what 500 connections ask for was old before it was answered: 16,000 small requests
 *   a second instead of 22,000 to 25,000. With 16 the slowest of a hundred at 5,000 records a second wait for its collections.
 */
export function setHeapForServing(): void {
  if (Number.parseInt(process.versions.node, 10) < COUNTS_BUFFERS_FROM_NODE) {
    setFlagsFromString('--heap-growing-percent=300');
    setFlagsFromString('--semi-space-growth-factor=1');
    return;
  }
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setGrowth();
  setFlagsFromString('--semi-space-growth-factor=1');
  let growth = 1;
  new PerformanceObserver((list) => {
    const allowed = 2 * youngBytes() <= YOUNG_BYTES ? 2 : 1;
    if (allowed !== growth) setFlagsFromString(`--semi-space-growth-factor=${allowed}`);
    growth = allowed;
    for (const { detail } of list.getEntries() as GarbageCollection[]) {
      if (detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR) setGrowth();
    }
  }).observe({ entryTypes: ['gc'] });
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
}

/** Memory for the large buffers of a server. */
export function serverMemory(): MemoryPool {
  const onTurnover = (): void => collect?.({ type: 'minor' });
  return new MemoryPool({ keptBytesMax: KEPT_BYTES, turnover: { bytes: COLLECT_YOUNG_EACH_BYTES, onTurnover } });
}

/** To be called after a full collection, when what is in use is what is alive. */
function setGrowth(): void {
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  const growth = Math.round((COLLECT_AT_BYTES / (heap + buffers) - 1) * 100);
  setFlagsFromString(`--heap-growing-percent=${Math.min(GROWTH_MAX_PERCENT, Math.max(GROWTH_MIN_PERCENT, growth))}`);
}

/** What the young space can hold now. It doubles when it grows. */
function youngBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return (young?.space_used_size ?? 0) + (young?.space_available_size ?? 0);
}
