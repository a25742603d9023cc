import { expect, it } from 'vitest';
import { setHeapForServing } from '../../../lib/runtime/heap.ts';

it('the runtime takes the setting, and may be told twice', () => {
  expect(() => {
    setHeapForServing();
    setHeapForServing();
  }).not.toThrow();
});
