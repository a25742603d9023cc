import { describe, expect, it } from 'vitest';
import { checkResetTarget, type ResetTarget, resetOffset, resetTime } from '../../../../lib/core/groups/reset-plan.ts';

const facts = { startOffset: 10, endOffset: 100, committed: 40 };

describe('a reset', () => {
  it.each([
    [{ kind: 'earliest' }, 10],
    [{ kind: 'latest' }, 100],
    [{ kind: 'offset', offset: 55 }, 55],
    [{ kind: 'offset', offset: 5 }, 10],
    [{ kind: 'offset', offset: 500 }, 100],
    [{ kind: 'shift', by: -10 }, 30],
    [{ kind: 'shift', by: -100 }, 10],
    [{ kind: 'current' }, 40],
    [{ kind: 'time', timeMs: 5 }, 60],
    [{ kind: 'duration', durationMs: 5 }, 60],
  ] as readonly (readonly [ResetTarget, number])[])('to %j puts the offset inside the log', (target, expected) => {
    expect(resetOffset(target, { ...facts, timeOffset: 60 })).toBe(expected);
  });

  it('goes to the end when no record is that young, and shifts from the start when nothing was committed', () => {
    expect(resetOffset({ kind: 'time', timeMs: 5 }, { ...facts, timeOffset: -1 })).toBe(100);
    expect(resetOffset({ kind: 'shift', by: 3 }, { ...facts, committed: -1 })).toBe(13);
    expect(resetTime({ kind: 'duration', durationMs: 30 }, 100)).toBe(70);
    expect(resetTime({ kind: 'latest' }, 100)).toBeUndefined();
  });

  it('refuses numbers that cannot be', () => {
    expect(() => checkResetTarget({ kind: 'offset', offset: -1 })).toThrow(/offset is -1/);
    expect(() => checkResetTarget({ kind: 'shift', by: 0.5 })).toThrow(/by is 0.5/);
  });
});
