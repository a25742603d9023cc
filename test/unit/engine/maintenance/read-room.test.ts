import { describe, expect, it } from 'vitest';
import { ReadRoom } from '../../../../lib/engine/maintenance/read-room.ts';

const MIB = 1024 * 1024;

describe('room for reads', () => {
  it('gives pieces that do not overlap, and the same memory again', () => {
    const room = new ReadRoom(16 * MIB);
    const pieces = Array.from({ length: 10 }, (_, i) => room.take(MIB + i).fill(i));
    for (const [i, piece] of pieces.entries()) {
      expect(piece.length).toBe(MIB + i);
      expect(piece.every((byte) => byte === i)).toBe(true);
    }
    room.reuse();
    expect(room.take(10).buffer).toBe(pieces[0]?.buffer);
    room.empty();
    expect(room.take(10).buffer).not.toBe(pieces[0]?.buffer);
  });

  it('gives memory of their own to reads past its size, and to those larger than a block', () => {
    const room = new ReadRoom(8 * MIB);
    const first = room.take(5 * MIB);
    const second = room.take(5 * MIB);
    expect(second.buffer).not.toBe(first.buffer);
    expect(room.take(9 * MIB).length).toBe(9 * MIB);
    room.reuse();
    expect(room.take(MIB).buffer).toBe(first.buffer);
  });

  it('lends what was given back', () => {
    const room = new ReadRoom(8 * MIB);
    const lent = room.lend(MIB);
    expect(room.lend(MIB)).not.toBe(lent);
    room.giveBack(lent);
    expect(room.lend(1_000)).toBe(lent);
  });
});
