import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measureColdStart } from '../bench/cold-start.ts';
import { placeholderBundles } from '../infra/placeholder-bundles.ts';

describe('the cold start measurement', () => {
  it('starts a bundle under the runtime client and reports size and times', async () => {
    const result = await measureColdStart({ bundle: join(placeholderBundles(), 'produce'), event: { n: 1 }, runs: 2 });
    expect(result.error).toBeUndefined();
    expect(result.bytes).toBeGreaterThan(0);
    for (const figure of [result.initMs, result.firstCallMs, result.warmCallMs]) expect(figure).toBeGreaterThan(0);
  });
});
