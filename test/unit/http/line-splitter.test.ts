import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../lib/http/line-splitter.ts';

function split(chunks: readonly Buffer[], maxBytes = 1_000): (string | undefined)[] {
  const splitter = new LineSplitter(maxBytes);
  const lines = chunks.flatMap((chunk) => [...splitter.push(chunk)]);
  return [...lines, ...splitter.end()].map((line) => line?.toString());
}

describe('the line splitter', () => {
  it('finds the same lines however the text is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '\r') })), (parts) => {
        const whole = parts.join('');
        const lines = whole.split('\n').map((line) => line.replace(/\r$/, ''));
        if (whole.endsWith('\n') || whole === '') lines.pop();
        expect(split(parts.map((part) => Buffer.from(part)))).toEqual(lines);
      }),
    );
  });

  it('passes over a line that is too long and goes on with the next', () => {
    const long = Buffer.from('x'.repeat(6));
    expect(split([Buffer.from('a\n'), long, long, Buffer.from('\nb\n'), Buffer.from('12345678901\nc')], 10)).toEqual([
      'a',
      undefined,
      'b',
      undefined,
      'c',
    ]);
  });

  it('holds no more than the limit of a line that never ends', () => {
    const splitter = new LineSplitter(10);
    for (let i = 0; i < 1_000; i++) expect([...splitter.push(Buffer.alloc(1_000, 0x61))]).toEqual([]);
    expect([...splitter.end()]).toEqual([undefined]);
  });
});
