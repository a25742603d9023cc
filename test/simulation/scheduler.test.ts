import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../lib/core/errors.ts';
import { type MethodTable, NO_FAULTS, StoreGate } from './faults.ts';
import { RealTimeGuard } from './real-time-guard.ts';
import { Scheduler } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimProcess } from './sim-process.ts';
import { Trace } from './trace.ts';

interface Counter {
  read(): Promise<number>;
  write(expected: number): Promise<boolean>;
}
const METHODS: MethodTable<Counter> = { read: 'read', write: 'write' };
const HARSH = { ...NO_FAULTS, throttle: 0.05, failBefore: 0.05, failAfter: 0.1, twice: 0.1, late: 0.05, slow: 0.1 };
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

function counterStore(): Counter & { value: number } {
  return {
    value: 0,
    async read() {
      return this.value;
    },
    async write(expected) {
      if (this.value !== expected) return false;
      this.value += 1;
      return true;
    },
  };
}

/** Three processes raise one counter against each other through a bad network. */
async function race(seed: number): Promise<{ digest: string; order: string; value: number; endMs: number }> {
  const random = new SeededRandom(seed);
  const trace = new Trace();
  const scheduler = new Scheduler(random.fork(), trace, 1_000);
  const gate = new StoreGate(scheduler, random.fork(), HARSH);
  const store = counterStore();
  let order = '';
  let left = 3;
  for (const name of ['a', 'b', 'c']) {
    const process = new SimProcess(name, scheduler, random.fork(), 0);
    const port = gate.wrap(process, 'counter', store as Counter, METHODS);
    const work = async (): Promise<void> => {
      for (let raised = 0; raised < 5; ) {
        try {
          if (await port.write(await port.read())) {
            raised += 1;
            order += name;
          }
        } catch (error) {
          if (!isStratalogError(error)) throw error;
          await process.clock.sleep(process.random.between(1, 50));
        }
      }
      left -= 1;
    };
    work();
  }
  expect(await scheduler.run(() => left === 0, YEAR_MS)).toBe('done');
  return { digest: trace.digest(), order, value: store.value, endMs: scheduler.nowMs };
}

describe('the scheduler', () => {
  it('runs the same seed the same way, and other seeds another way', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const first = await race(seed);
      expect(await race(seed)).toEqual(first);
      orders.add(first.order);
    }
    expect(orders.size).toBeGreaterThan(15);
  });

  it('runs events in order of time and cancelled ones never', async () => {
    const scheduler = new Scheduler(new SeededRandom(1), new Trace(), 0);
    const seen: number[] = [];
    for (const ms of [30, 10, 20, 5]) scheduler.at(ms, 'event', () => seen.push(ms));
    scheduler.at(15, 'cancelled', () => seen.push(15))();
    expect(await scheduler.run(() => false, 25)).toBe('late');
    expect(await scheduler.run(() => false, 100)).toBe('idle');
    expect(seen).toEqual([5, 10, 20, 30]);
  });

  it('delivers nothing to a dead process and everything to a thawed one', async () => {
    const scheduler = new Scheduler(new SeededRandom(1), new Trace(), 0);
    const gate = new StoreGate(scheduler, new SeededRandom(2), NO_FAULTS);
    const [dead, frozen] = ['dead', 'frozen'].map((name) => new SimProcess(name, scheduler, new SeededRandom(3), 0));
    if (dead === undefined || frozen === undefined) throw new Error('no process');
    const heard: string[] = [];
    for (const process of [dead, frozen]) {
      gate.call(process, 'call', 'read', async () => process.name).then((name) => heard.push(name));
    }
    dead.kill();
    frozen.freeze();
    await scheduler.run(() => false, 1_000);
    expect(heard).toEqual([]);
    frozen.thaw();
    await scheduler.run(() => false, 2_000);
    expect(heard).toEqual(['frozen']);
  });

  it('keeps a skewed clock skewed and its durations true', async () => {
    const scheduler = new Scheduler(new SeededRandom(1), new Trace(), 5_000);
    const { clock } = new SimProcess('late', scheduler, new SeededRandom(1), -4_000);
    let wokenAt = 0;
    clock.sleep(100).then(() => {
      wokenAt = clock.monotonic();
    });
    const abort = new AbortController();
    let interrupted = false;
    clock.sleep(1_000_000, abort.signal).then(() => {
      interrupted = true;
    });
    abort.abort();
    await scheduler.run(() => false, 10_000);
    expect([clock.now(), wokenAt, interrupted]).toEqual([scheduler.nowMs - 4_000, 5_100, true]);
  });
});

describe('the guard against real time', () => {
  it.for<[string, () => unknown]>([
    ['Date.now', () => Date.now()],
    ['new Date()', () => new Date()],
    ['Math.random', () => Math.random()],
    ['performance.now', () => performance.now()],
    ['setTimeout', () => setTimeout(() => undefined, 0)],
    ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
    ['randomBytes', () => randomBytes(4)],
    ['crypto.randomUUID', () => crypto.randomUUID()],
  ])('fails on %s', ([name, call]) => {
    const guard = new RealTimeGuard();
    guard.install();
    try {
      expect(call).toThrow(`${name} was called during a simulation`.replace(/^crypto\./, ''));
      expect(guard.leaks).toHaveLength(1);
    } finally {
      guard.uninstall();
    }
    expect(call).not.toThrow();
  });

  it('lets a date be made of a number', () => {
    const guard = new RealTimeGuard();
    guard.install();
    try {
      expect(new Date(0).getTime()).toBe(0);
    } finally {
      guard.uninstall();
    }
  });
});
