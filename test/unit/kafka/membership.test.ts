import { afterEach, describe, expect, it } from 'vitest';
import { MemoryWorkStore } from '../../../lib/adapters/memory/work-store.ts';
import { GATEWAY_LEASE_MS } from '../../../lib/core/limits.ts';
import { GatewayMembership } from '../../../lib/kafka/membership.ts';
import type { Clock } from '../../../lib/ports/clock.ts';

const log = { info() {}, warn() {}, error() {} };

/** A clock that a test moves; who sleeps wakes when the time has come. */
class TestClock implements Clock {
  #now = 1_000_000;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  now = () => this.#now;
  monotonic = () => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      if (signal?.aborted === true) return resolve();
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        resolve();
      });
    });
  }

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.at > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    // Everything the woken do is on microtasks.
    for (let i = 0; i < 200; i++) await Promise.resolve();
  }
}

const joined: GatewayMembership[] = [];
afterEach(async () => {
  for (const membership of joined.splice(0)) await membership.close();
});

async function join(work: MemoryWorkStore, clock: Clock, port: number, rack: string | null = null): Promise<GatewayMembership> {
  const membership = await GatewayMembership.join({ clusterId: 'c', work, clock, log, host: 'h', port, rack });
  joined.push(membership);
  return membership;
}

describe('the gateways of a deployment', () => {
  it('take places one after the other and see each other', async () => {
    const [work, clock] = [new MemoryWorkStore(), new TestClock()];
    const first = await join(work, clock, 1, 'a');
    const second = await join(work, clock, 2, 'b');
    expect([first.self(), second.self()]).toEqual([
      { id: 1, host: 'h', port: 1, rack: 'a' },
      { id: 2, host: 'h', port: 2, rack: 'b' },
    ]);
    await clock.pass(GATEWAY_LEASE_MS / 3);
    expect(first.nodes()).toEqual(second.nodes());
    expect(first.nodes()).toHaveLength(2);
  });

  it('leave at once when they close, and after their lease when they die', async () => {
    const [work, clock] = [new MemoryWorkStore(), new TestClock()];
    const first = await join(work, clock, 1);
    const second = await join(work, clock, 2);
    await work.acquire('gateways', 2, 'h:3', clock.now(), GATEWAY_LEASE_MS);
    await clock.pass(GATEWAY_LEASE_MS / 3);
    expect(first.nodes().map(({ port }) => port)).toEqual([1, 2, 3]);
    await second.close();
    for (let i = 0; i < 3; i++) await clock.pass(GATEWAY_LEASE_MS / 3);
    expect(first.nodes().map(({ port }) => port)).toEqual([1]);
  });

  it('are gone when they were there and neither renewed their place nor took another', async () => {
    const [work, clock] = [new MemoryWorkStore(), new TestClock()];
    const first = await join(work, clock, 1);
    await work.acquire('gateways', 1, 'h:2 rack=a', clock.now(), GATEWAY_LEASE_MS);
    const pass = async (times: number) => {
      for (let i = 0; i < times; i++) await clock.pass(GATEWAY_LEASE_MS / 3);
    };
    await pass(1);
    expect(['h:1', 'h:2', 'h:9'].map((address) => first.isGone(address))).toEqual([false, false, false]);
    await pass(3);
    expect(first.isGone('h:2')).toBe(true);
    // Another one has its place; that it was there is known to whoever takes it.
    const third = await join(work, clock, 3);
    expect(third.self().id).toBe(2);
    await pass(1);
    expect([first, third].map((one) => one.isGone('h:2'))).toEqual([true, true]);
    await join(work, clock, 2);
    await pass(1);
    expect([first, third].map((one) => one.isGone('h:2'))).toEqual([false, false]);
  });

  it('get back the place they had at their address', async () => {
    const [work, clock] = [new MemoryWorkStore(), new TestClock()];
    await join(work, clock, 1);
    const second = await join(work, clock, 2);
    expect(second.self().id).toBe(2);
    const again = await join(work, clock, 2);
    expect(again.self().id).toBe(2);
  });
});
