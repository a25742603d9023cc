import { describe, expect, it } from 'vitest';
import { RecentPlaces } from '../../../../lib/adapters/local/recent-places.ts';
import { leaseIdFrom } from '../../../../lib/core/ids.ts';

const lease = (n: number) => leaseIdFrom(n, Buffer.alloc(6));
const place = (position: number) => ({ volume: 1, position, size: 10 });

describe('the places of the newest segments', () => {
  it('are at least as many as asked for, and at most twice as many', () => {
    const places = new RecentPlaces(10);
    for (let newest = 0; newest < 95; newest++) {
      places.set(lease(newest), place(newest));
      const known = Array.from({ length: newest + 1 }, (_, n) => places.get(lease(n)));
      const count = known.filter((one) => one !== undefined).length;
      expect(count).toBeGreaterThanOrEqual(Math.min(newest + 1, 10));
      expect(count).toBeLessThanOrEqual(20);
      expect(known.slice(-count)).toEqual(Array.from({ length: count }, (_, i) => place(newest + 1 - count + i)));
    }
  });

  it('are gone once they are deleted, whether they were set once or again', () => {
    const places = new RecentPlaces(2);
    places.set(lease(0), place(0));
    places.set(lease(1), place(1));
    places.set(lease(0), place(5));
    expect(places.get(lease(0))).toEqual(place(5));
    places.delete(lease(0));
    expect(places.get(lease(0))).toBeUndefined();
    expect(places.get(lease(1))).toEqual(place(1));
  });
});
