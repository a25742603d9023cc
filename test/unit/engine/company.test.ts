import { describe, expect, it } from 'vitest';
import { Company } from '../../../lib/engine/company.ts';

const LONG_AGO = Number.NEGATIVE_INFINITY;
const KIB = 1024;

describe('company for a flush', () => {
  it('is waited for a millisecond after a flush of several during which nobody came, until four of five are there', () => {
    const company = new Company();
    company.answered(5, 80 * KIB, 0, 100);
    expect([1, 3, 4, 5].map((waiting) => company.waitUntil(waiting, 100))).toEqual([101, 101, LONG_AGO, LONG_AGO]);
    company.flushed(4, 100);
    expect(company.waitUntil(1, 100)).toBe(LONG_AGO);
  });

  it.each([
    ['a flush of three', 3, KIB, 0],
    ['more than a few dozen producers', 33, KIB, 0],
    ['a flush that takes long to receive', 5, 200 * KIB, 0],
    ['a rate at which others came meanwhile', 6, KIB, 3],
  ])('is not waited for after %s', (_what, count, bytes, waiting) => {
    const company = new Company();
    company.answered(count, bytes, waiting, 100);
    expect(company.waitUntil(1, 100)).toBe(LONG_AGO);
  });

  /** A flush of five that takes 0.4 ms; the first of those it answered is back at once, the others after `waitMs`. */
  function producers() {
    const company = new Company();
    let nowMs = 0;
    return (waitMs: number, come = 5): boolean => {
      company.flushed(5, nowMs);
      nowMs += 0.4;
      company.answered(5, KIB, 0, nowMs);
      const waits = company.waitUntil(1, nowMs) > LONG_AGO;
      nowMs += waitMs;
      company.flushed(come, nowMs);
      return waits;
    };
  }
  const times = (count: number, chance: () => boolean) => Array.from({ length: count }, chance).filter(Boolean).length;

  it('is waited for as long as it comes', () => {
    const chance = producers();
    expect(times(100, () => chance(0.3))).toBe(100);
  });

  it.each([
    ['nobody comes', 1, 1],
    ['those who came first wait longer than a flush takes', 0.9, 5],
  ])('is given up where %s, for twice as long each time', (_what, waitMs, come) => {
    const chance = producers();
    // The first takes what a flush takes to be a millisecond.
    for (let i = 0; i < 40; i++) chance(0.3);
    expect(times(20, () => chance(waitMs, come))).toBeLessThanOrEqual(3);
    expect(times(1_000, () => chance(waitMs, come))).toBeLessThanOrEqual(8);
  });

  it('is waited for again once it comes, also after a wait in vain', () => {
    const chance = producers();
    for (let i = 0; i < 40; i++) chance(0.3);
    expect([chance(1, 1), chance(0.3), chance(0.3)]).toEqual([true, true, true]);
  });
});
