import { expect, it } from 'vitest';
import { growHeapInLargeSteps } from '../../../lib/runtime/heap.ts';

it('the runtime takes the setting, and may be told twice', () => {
  expect(() => {
    growHeapInLargeSteps();
    growHeapInLargeSteps();
  }).not.toThrow();
});
