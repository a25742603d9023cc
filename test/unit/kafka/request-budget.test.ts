import { describe, expect, it } from 'vitest';
import { RequestBudget } from '../../../lib/kafka/request-budget.ts';

describe('the budget of request bytes', () => {
  it('is exhausted at its limit and wakes each waiter once when there is room', () => {
    const budget = new RequestBudget(100);
    let woken = 0;
    const wake = () => woken++;
    budget.take(60);
    expect(budget.exhausted).toBe(false);
    budget.take(60);
    budget.whenRoom(wake);
    budget.whenRoom(wake);
    budget.give(10);
    expect([budget.exhausted, woken]).toEqual([true, 0]);
    budget.give(60);
    budget.give(50);
    expect([budget.used, woken]).toEqual([0, 1]);
  });

  it('does not wake who was forgotten', () => {
    const budget = new RequestBudget(10);
    budget.take(10);
    const wake = () => expect.unreachable('forgotten');
    budget.whenRoom(wake);
    budget.forget(wake);
    budget.give(10);
  });
});
