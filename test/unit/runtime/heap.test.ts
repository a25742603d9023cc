import { PerformanceObserver } from 'node:perf_hooks';
import { expect, it, vi } from 'vitest';
import { serverMemory, setHeapForServing } from '../../../lib/runtime/heap.ts';

const MIB = 1024 * 1024;

it('the runtime takes the setting, and may be told twice', () => {
  expect(() => {
    setHeapForServing();
    setHeapForServing();
  }).not.toThrow();
});

it('collects young memory each few MiB that come over sockets, not of those that are read, and uses the memory of both again', async () => {
  setHeapForServing();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const memory = serverMemory();
  const first = memory.takeForSocket(MIB);
  memory.release(first);
  for (let i = 0; i < 64; i++) {
    const next = memory.takeForSocket(MIB);
    expect(next.buffer).toBe(first.buffer);
    memory.release(next);
  }
  await vi.waitFor(() => expect(collections).toBeGreaterThanOrEqual(8));
  const before = collections;
  for (let i = 0; i < 256; i++) memory.release(memory.take(MIB));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(collections - before).toBeLessThan(8);
  observer.disconnect();
});
