import { describe, expect, it } from 'vitest';
import { Company } from '../../../lib/engine/company.ts';

const LONG_AGO = Number.NEGATIVE_INFINITY;
const KIB = 1024;

describe('company for a flush', () => {
  it('is waited for a millisecond after a flush of several during which nobody came, until four of five are there', () => {
    const company = new Company();
    company.answered(5, 80 * KIB, 0, 100);
    expect([0, 1, 3, 4, 5].map((waiting) => company.waitUntil(waiting))).toEqual([101, 101, 101, LONG_AGO, LONG_AGO]);
    company.flushed(4);
    expect(company.waitUntil(0)).toBe(LONG_AGO);
  });

  it.each([
    ['a flush of three', 3, KIB, 0],
    ['more than a few dozen producers', 33, KIB, 0],
    ['a flush that takes long to receive', 5, 200 * KIB, 0],
    ['a rate at which others came meanwhile', 6, KIB, 3],
  ])('is not waited for after %s', (_what, count, bytes, waiting) => {
    const company = new Company();
    company.answered(count, bytes, waiting, 100);
    expect(company.waitUntil(1)).toBe(LONG_AGO);
  });

  it('is given up for a while when it did not come, and at once when it mostly comes', () => {
    const company = new Company();
    const chance = (comes: boolean): boolean => {
      company.answered(5, KIB, 0, 100);
      const waits = company.waitUntil(1) > LONG_AGO;
      company.flushed(comes ? 5 : 1);
      return waits;
    };
    expect(Array.from({ length: 10 }, () => chance(false))).toEqual([true, ...Array.from({ length: 8 }, () => false), true]);
    for (let i = 0; i < 8; i++) expect(chance(false)).toBe(false);
    for (let i = 0; i < 20; i++) expect(chance(true)).toBe(true);
    expect([chance(false), chance(true), chance(true)]).toEqual([true, true, true]);
  });
});
