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

it('collects young memory each few MiB that pass through the memory of a server, and uses that again', async () => {
  setHeapForServing();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const memory = serverMemory();
  const first = memory.take(MIB);
  memory.release(first);
  for (let i = 0; i < 64; i++) {
    const next = memory.take(MIB);
    expect(next.buffer).toBe(first.buffer);
    memory.release(next);
  }
  await vi.waitFor(() => expect(collections).toBeGreaterThanOrEqual(8));
  observer.disconnect();
});
