import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatZones, parseZones } from '../../../lib/config/aws-environment.ts';

const word = fc.stringMatching(/^[a-z0-9.-]{1,40}$/);

describe('the zones variable', () => {
  it('brings back what was written, in order', () => {
    const zones = fc.array(fc.record({ id: word, bucket: word }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(zones, (written) => {
        expect(parseZones(formatZones(written))).toEqual(written);
      }),
    );
  });

  it.each(['', 'zone-1', '=bucket', 'zone-1=', 'zone-1=a=b', 'zone-1=a,', ','])('is refused when it reads %j', (value) => {
    expect(parseZones(value)).toBeUndefined();
  });
});
