import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../../lib/core/errors.ts';
import { Reader } from '../../../../lib/kafka/wire/reader.ts';
import { messageArbitrary } from './arbitrary.ts';
import { decoderOf, encoderOf, MESSAGE_NAMES } from './codecs.ts';
import { SCHEMAS } from './schemas.ts';

/** Decodes what may be anything: it must be a message or our own refusal. */
function decodeAnything(name: string, bytes: Buffer, version: number): void {
  const reader = new Reader(bytes);
  try {
    decoderOf(name)(reader, version);
  } catch (error) {
    if (!isStratalogError(error, 'INVALID_REQUEST')) throw error;
  }
  expect(reader.position).toBeLessThanOrEqual(bytes.length);
}

const cases = SCHEMAS.flatMap(({ name, versions: [from, to] }) =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ name, version: from + i })),
);

describe('every message in every version', () => {
  it('has a codec', () => {
    expect(MESSAGE_NAMES).toEqual(SCHEMAS.map(({ name }) => name).sort());
  });

  it('comes back as it was sent', () => {
    for (const { name, version } of cases) {
      const schema = SCHEMAS.find((candidate) => candidate.name === name);
      if (schema === undefined) throw new Error(name);
      const property = fc.property(messageArbitrary(schema, version), (message) => {
        const bytes = encoderOf(name)(message, version);
        const reader = new Reader(bytes);
        expect(decoderOf(name)(reader, version), `${name} version ${version}`).toEqual(message);
        expect(reader.remaining).toBe(0);
      });
      fc.assert(property, { numRuns: 6 });
    }
  });

  it('is refused with our own error when it is cut short, changed or random', () => {
    for (const { name, version } of cases) {
      const schema = SCHEMAS.find((candidate) => candidate.name === name);
      if (schema === undefined) throw new Error(name);
      const property = fc.property(
        messageArbitrary(schema, version),
        fc.uint8Array({ maxLength: 64 }),
        fc.nat(),
        fc.nat(255),
        (message, noise, place, byte) => {
          const bytes = encoderOf(name)(message, version);
          decodeAnything(name, bytes.subarray(0, place % (bytes.length + 1)), version);
          if (bytes.length > 0) {
            const changed = Buffer.from(bytes);
            changed[place % bytes.length] = byte;
            decodeAnything(name, changed, version);
            // A length anywhere becomes the largest, or negative.
            const lies = Buffer.from(bytes);
            const at = place % bytes.length;
            lies.fill(place % 2 === 0 ? 0xff : 0x7f, at, Math.min(at + 4, bytes.length));
            decodeAnything(name, lies, version);
          }
          decodeAnything(name, Buffer.from(noise), version);
        },
      );
      fc.assert(property, { numRuns: 8 });
    }
  });
});
