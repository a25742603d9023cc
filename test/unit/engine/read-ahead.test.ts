import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../lib/engine/read-ahead.ts';

/** A clock whose sleepers wake when the test says so. */
function handClock() {
  let sleepers: (() => void)[] = [];
  return {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleepers.push(resolve);
        signal?.addEventListener('abort', () => resolve());
      }),
    get sleepers() {
      return sleepers.length;
    },
    async tick() {
      const due = sleepers;
      sleepers = [];
      for (const wake of due) wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A read of so many bytes that ends when it is told to. */
function readOf(bytes: number) {
  let end: (value: string | undefined) => void = () => {};
  const state = { began: false };
  const read = async (reserve: (bytes: number) => boolean) => {
    if (!reserve(bytes)) return undefined;
    state.began = true;
    return new Promise<string | undefined>((resolve) => {
      end = resolve;
    });
  };
  return { state, read, end: (value: string | undefined) => end(value) };
}

describe('what is read ahead', () => {
  it('is given out once, under its name, and with it the room that it took', async () => {
    const ahead = new ReadAhead<string, string>(handClock(), 100);
    ahead.await('a@5', 'rest', 30, async (reserve, rest) => (reserve(60) ? `read behind ${rest}` : undefined));
    expect(ahead.bytes).toBe(90);
    expect(ahead.take('a@6')).toBeUndefined();
    const awaited = ahead.take('a@5');
    expect([awaited?.rest, await awaited?.read]).toEqual(['rest', 'read behind rest']);
    expect(ahead.take('a@5')).toBeUndefined();
    expect([ahead.bytes, ahead.readers]).toEqual([0, 0]);
  });

  it('never takes more room than there is: what is there stays, and what comes is not read', async () => {
    const ahead = new ReadAhead<string, string>(handClock(), 100);
    const [first, second] = [readOf(70), readOf(70)];
    ahead.await('a', undefined, 0, first.read);
    ahead.await('b', undefined, 0, second.read);
    ahead.await('c', 'rest that is too large', 31);
    expect([first.state.began, second.state.began, ahead.bytes]).toEqual([true, false, 70]);
    expect(await ahead.take('b')?.read).toBeUndefined();
    expect(ahead.take('c')?.rest).toBeUndefined();
    first.end('first');
    expect(await ahead.take('a')?.read).toBe('first');
    const third = readOf(70);
    ahead.await('b', undefined, 0, third.read);
    expect(third.state.began).toBe(true);
  });

  it('is dropped when nobody comes for it within two ticks, and the clock is let alone then', async () => {
    const clock = handClock();
    const ahead = new ReadAhead<string, string>(clock, 100);
    ahead.await('a', 'rest', 30);
    await clock.tick();
    ahead.await('b', 'rest', 30);
    expect([ahead.readers, ahead.bytes]).toEqual([2, 60]);
    await clock.tick();
    expect([ahead.readers, ahead.bytes]).toEqual([1, 30]);
    expect(ahead.take('a')).toBeUndefined();
    await clock.tick();
    expect([ahead.readers, ahead.bytes, clock.sleepers]).toEqual([0, 0, 0]);
  });

  it('is not dropped while it is being read: its memory would be there and not be counted', async () => {
    const clock = handClock();
    const ahead = new ReadAhead<string, string>(clock, 100);
    const slow = readOf(80);
    ahead.await('a', undefined, 0, slow.read);
    for (let i = 0; i < 5; i++) await clock.tick();
    expect([ahead.readers, ahead.bytes]).toEqual([1, 80]);
    slow.end('late');
    for (let i = 0; i < 3; i++) await clock.tick();
    expect([ahead.readers, ahead.bytes, clock.sleepers]).toEqual([0, 0, 0]);
  });

  it('takes no room any more once its reader waits for it, though it has only begun', async () => {
    const ahead = new ReadAhead<string, string>(handClock(), 100);
    let go: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      go = resolve;
    });
    ahead.await('a', undefined, 0, async (reserve) => {
      await begun;
      return reserve(1_000) ? 'read' : undefined;
    });
    const awaited = ahead.take('a');
    go();
    expect(await awaited?.read).toBe('read');
    expect(ahead.bytes).toBe(0);
  });

  it('that fails is nothing, and nobody hears of it', async () => {
    const ahead = new ReadAhead<string, string>(handClock(), 100);
    ahead.await('a', undefined, 0, async () => {
      throw new Error('the disk is gone');
    });
    expect(await ahead.take('a')?.read).toBeUndefined();
  });

  it('is nothing where there is no room at all', () => {
    const clock = handClock();
    const ahead = new ReadAhead<string, string>(clock, 0);
    ahead.await('a', 'rest', 0);
    expect([ahead.readers, clock.sleepers]).toEqual([0, 0]);
  });

  it('ends when it is closed, which waits for what is being read and lets nothing new begin', async () => {
    const ahead = new ReadAhead<string, string>(handClock(), 100);
    const read = readOf(10);
    ahead.await('a', undefined, 0, read.read);
    let closed = false;
    const closing = ahead.close().then(() => {
      closed = true;
    });
    const late = readOf(10);
    ahead.await('b', undefined, 0, late.read);
    await new Promise((resolve) => setImmediate(resolve));
    expect([closed, late.state.began]).toEqual([false, false]);
    read.end('read');
    await closing;
    expect([ahead.readers, ahead.bytes]).toEqual([0, 0]);
  });
});
