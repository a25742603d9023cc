import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryPool } from '../../../lib/format/memory-pool.ts';
import { FrameAssembler, peekRequest } from '../../../lib/kafka/frame.ts';

function framed(body: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeInt32BE(body.length);
  body.copy(bytes, 4);
  return bytes;
}

describe('a frame assembler', () => {
  it('gives the same frames however the bytes are cut into chunks', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 8, maxLength: 50 }), { maxLength: 8 });
    fc.assert(
      fc.property(bodies, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (frames, cuts) => {
        const stream = Buffer.concat(frames.map((frame) => framed(Buffer.from(frame))));
        const assembler = new FrameAssembler(1_000, new MemoryPool());
        const seen: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const next = at + (cuts[i % cuts.length] as number);
          assembler.push(stream.subarray(at, next), (frame) => seen.push(frame));
          at = next;
        }
        expect(seen.map((frame) => frame.toString('hex'))).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')));
      }),
    );
  });

  it('does not copy a frame that lies in one chunk', () => {
    const chunk = Buffer.concat([framed(Buffer.alloc(20, 1)), framed(Buffer.alloc(30, 2))]);
    const seen: Buffer[] = [];
    new FrameAssembler(1_000, new MemoryPool()).push(chunk, (frame) => seen.push(frame));
    expect(seen.map((frame) => [frame.buffer === chunk.buffer, frame.length])).toEqual([
      [true, 20],
      [true, 30],
    ]);
  });

  it('takes room for a long frame as its bytes come', () => {
    const body = Buffer.alloc(5_000_000, 3);
    const stream = framed(body);
    const seen: Buffer[] = [];
    const assembler = new FrameAssembler(10_000_000, new MemoryPool());
    for (let at = 0; at < stream.length; at += 65_536) assembler.push(stream.subarray(at, at + 65_536), (frame) => seen.push(frame));
    expect(seen.length).toBe(1);
    expect(seen[0]?.equals(body)).toBe(true);
  });

  it('reads into memory that is used again, whether a request becomes complete or not', () => {
    const memory = new MemoryPool();
    const assembler = new FrameAssembler(10_000_000, memory);
    const request = Buffer.alloc(2_500_000, 'x');
    const prefix = Buffer.alloc(4);
    prefix.writeInt32BE(request.length);
    const seen: Buffer[] = [];
    for (const part of [prefix, request.subarray(0, 900_000), request.subarray(900_000)]) assembler.push(part, (frame) => seen.push(frame));
    expect(seen).toEqual([request]);
    const outgrown = memory.keptBytes;
    expect(outgrown).toBeGreaterThanOrEqual(1024 * 1024);
    memory.release(seen[0] as Buffer);
    expect(memory.keptBytes).toBeGreaterThanOrEqual(outgrown + request.length);
    const kept = memory.keptBytes;
    assembler.push(Buffer.concat([prefix, request.subarray(0, 100)]), () => expect.unreachable());
    expect(memory.keptBytes).toBeLessThan(kept);
    assembler.drop();
    expect(memory.keptBytes).toBe(kept);
  });

  it('refuses sizes that no request has, naming the limit and what it looks like', () => {
    const push = (bytes: Buffer) => () => new FrameAssembler(1_000, new MemoryPool()).push(bytes, () => {});
    expect(push(Buffer.from('000003e9', 'hex'))).toThrow('request size 1001 is above the limit of 1000 bytes');
    expect(push(Buffer.from('00000007', 'hex'))).toThrow('request size 7 is below 8 bytes');
    expect(push(Buffer.from('GET / HTTP/1.1\r\n'))).toThrow('looks like HTTP');
    expect(push(Buffer.from('16030100c8', 'hex'))).toThrow('looks like a TLS handshake');
  });

  it('peeks at the API, the version and the correlation id', () => {
    expect(peekRequest(Buffer.from('0012000300000007', 'hex'))).toEqual({ apiKey: 18, version: 3, correlationId: 7 });
  });
});
