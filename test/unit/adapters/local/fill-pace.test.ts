import { describe, expect, it } from 'vitest';
import { FillPace } from '../../../../lib/adapters/local/fill-pace.ts';

const MIB = 1024 * 1024;

describe('the pace at which volumes are filled', () => {
  it('is fast from 128 MiB a second on, and until it is less than half of that', () => {
    let at = 0;
    const pace = new FillPace(() => at);
    const fill = (mibPerSecond: number): boolean => {
      for (let i = 0; i < 20; i++) {
        at += 10;
        pace.note((mibPerSecond * MIB) / 100);
      }
      return pace.isFast;
    };
    expect(pace.isFast).toBe(false);
    expect(fill(127)).toBe(false);
    expect(fill(129)).toBe(true);
    expect(fill(65)).toBe(true);
    expect(fill(63)).toBe(false);
    expect(fill(127)).toBe(false);
  });

  it('is that of what comes, not of one large segment after a rest', () => {
    let at = 0;
    const pace = new FillPace(() => at);
    at = 60_000;
    pace.note(16 * MIB);
    expect(pace.isFast).toBe(false);
    at += 50;
    pace.note(64 * MIB);
    expect(pace.isFast).toBe(false);
    at += 50;
    pace.note(64 * MIB);
    expect(pace.isFast).toBe(true);
    at += 60_000;
    pace.note(64 * MIB);
    expect(pace.isFast).toBe(false);
  });
});
