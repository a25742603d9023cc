import { describe, expect, it } from 'vitest';
import { doubtOfFollower } from './fetch-from-follower.ts';

const LEADER = ' (leader)';
const PREFERRED = ' (preferred replica)';
const ALL = 239_000;

const line = (id: number, bytes: number, roles = '') =>
  `[0101_fetch_from_follower    /  5.123s] rxbytes for replica on broker ${id}: ${bytes}${roles}`;
const output = (...lines: readonly string[]) => `Capturing rxbytes statistics\n${lines.join('\n')}\nDone\n`;
const RIGHT = output(line(2, 477, LEADER), line(1, ALL, PREFERRED), line(3, 0));

describe('what a reader in a rack has printed', () => {
  it('is believed when one follower, the one in its rack, sent everything', () => {
    expect(doubtOfFollower(RIGHT)).toBeUndefined();
  });

  it.each([
    ['nothing', 'one replica in each', output()],
    ['two replicas', 'one replica in each', output(line(1, 477, LEADER), line(2, ALL, PREFERRED))],
    ['a leader in the rack', 'prefer', output(line(1, ALL, LEADER + PREFERRED), line(2, 0), line(3, 0))],
    ['no preference', 'prefer', output(line(1, ALL, LEADER), line(2, 0), line(3, 0))],
    ['a leader that sent everything', 'alone', output(line(1, ALL, LEADER), line(2, 477, PREFERRED), line(3, 0))],
    ['two that sent everything', 'alone', output(line(1, ALL, LEADER), line(2, ALL, PREFERRED), line(3, 0))],
    ['two that sent half', 'alone', output(line(1, ALL / 2, LEADER), line(2, ALL / 2, PREFERRED), line(3, 0))],
    ['records in another order', 'out of order', `message consumed out of order\n${RIGHT}`],
    ['other records', 'value size', `expecting message value size to be 100\n${RIGHT}`],
  ])('is doubted when it tells of %s', (_, doubt, printed) => {
    expect(doubtOfFollower(printed)).toContain(doubt);
  });
});
