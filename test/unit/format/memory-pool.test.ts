import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, MemoryPool } from '../../../lib/format/memory-pool.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the memory pool', () => {
  it('gives the memory that was released to the next who asks for as much', () => {
    const pool = new MemoryPool();
    const first = pool.take(100 * KIB);
    expect(first).toHaveLength(100 * KIB);
    pool.release(first.subarray(5, 10));
    const second = pool.take(101 * KIB);
    expect(second.buffer).toBe(first.buffer);
    expect(pool.take(100 * KIB).buffer).not.toBe(first.buffer);
  });

  it('keeps memory from others until everybody who holds it has released it', () => {
    const pool = new MemoryPool();
    const first = pool.take(64 * KIB);
    pool.hold(first);
    pool.release(first);
    expect(pool.take(64 * KIB).buffer).not.toBe(first.buffer);
    pool.release(first);
    expect(pool.take(64 * KIB).buffer).toBe(first.buffer);
  });

  it('refuses to release or to hold what nobody holds any more', () => {
    const pool = new MemoryPool();
    const memory = pool.take(64 * KIB);
    pool.release(memory);
    expect(() => pool.release(memory)).toThrow('given back twice');
    expect(() => pool.hold(memory)).toThrow('given back already');
  });

  it('leaves memory alone that is not its own', () => {
    const pool = new MemoryPool({ poison: true });
    const foreign = Buffer.alloc(64 * KIB, 'x');
    pool.hold(foreign);
    pool.release(foreign);
    pool.release(foreign);
    expect(foreign.every((byte) => byte === 0x78)).toBe(true);
    expect(pool.keptBytes).toBe(0);
    const small = pool.take(100);
    pool.release(small);
    expect(pool.keptBytes).toBe(0);
  });

  it('releases each block once, however many views of it there are', () => {
    const pool = new MemoryPool();
    const [a, b] = [pool.take(64 * KIB), pool.take(64 * KIB)];
    pool.releaseAll([a.subarray(0, 10), b.subarray(7), a.subarray(10), b]);
    expect(pool.keptBytes).toBe(128 * KIB);
    pool.releaseAll([]);
    expect(blocksOf([a, a.subarray(3), b]).size).toBe(2);
  });

  it('writes over what comes back when it is told to', () => {
    const pool = new MemoryPool({ poison: true });
    const memory = pool.take(20 * KIB).fill('x');
    pool.release(memory);
    expect(memory.every((byte) => byte === 0xee)).toBe(true);
  });

  it('keeps a bounded number of unused bytes, those of sizes that are asked for', () => {
    const pool = new MemoryPool({ keptBytesMax: MIB });
    const old = Array.from({ length: 8 }, () => pool.take(128 * KIB));
    pool.releaseAll(old);
    expect(pool.keptBytes).toBe(MIB);
    const large = pool.take(512 * KIB);
    pool.release(large);
    expect(pool.keptBytes).toBe(MIB);
    expect(pool.take(512 * KIB).buffer).toBe(large.buffer);
    const larger = pool.take(2 * MIB);
    pool.release(larger);
    expect(pool.keptBytes).toBe(512 * KIB);
  });

  it('tells after each so many bytes that were taken for what comes over sockets', () => {
    let told = 0;
    const pool = new MemoryPool({ turnover: { bytes: 100 * KIB, onTurnover: () => told++ } });
    for (let i = 0; i < 10; i++) pool.release(pool.takeForSocket(30 * KIB));
    expect(told).toBe(2);
    for (let i = 0; i < 10; i++) pool.release(pool.take(30 * KIB));
    expect(told).toBe(2);
  });

  it('never gives one block to two who hold it, whatever is taken, held and released', () => {
    const command = fc.record({
      what: fc.constantFrom('take', 'hold', 'release'),
      bytes: fc.integer({ min: 0, max: MIB }),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
        const pool = new MemoryPool({ keptBytesMax: 2 * MIB, poison: true });
        const held: { readonly memory: Buffer; holders: number; readonly mark: number }[] = [];
        for (const [i, { what, bytes, which }] of commands.entries()) {
          const one = held[which % Math.max(1, held.length)];
          if (what === 'take') {
            const memory = pool.take(bytes);
            expect(held.some((other) => other.memory.buffer === memory.buffer)).toBe(false);
            held.push({ memory: memory.fill(i % 200), holders: 1, mark: i % 200 });
          } else if (one !== undefined && what === 'hold') {
            pool.hold(one.memory);
            one.holders++;
          } else if (one !== undefined) {
            pool.release(one.memory);
            if (--one.holders === 0) held.splice(held.indexOf(one), 1);
          }
          expect(pool.keptBytes).toBeLessThanOrEqual(2 * MIB);
        }
        for (const { memory, mark } of held) expect(memory.length === 0 || memory.equals(Buffer.alloc(memory.length, mark))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
