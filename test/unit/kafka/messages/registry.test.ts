import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../../lib/core/errors.ts';
import * as consumerProtocol from '../../../../lib/kafka/messages/consumer-protocol.ts';
import * as headers from '../../../../lib/kafka/messages/headers.ts';
import { CODECS } from '../../../../lib/kafka/messages/registry.ts';
import { Reader } from '../../../../lib/kafka/wire/reader.ts';
import { Writer } from '../../../../lib/kafka/wire/writer.ts';
import { messageArbitrary } from './arbitrary.ts';
import { SCHEMAS } from './schemas.ts';

type Encode = (w: Writer, m: never, v: number) => void;
type Decode = (r: Reader, v: number) => unknown;

const codecs = new Map<string, { encode: Encode; decode: Decode }>();
for (const codec of Object.values(CODECS)) {
  codecs.set(`${codec.name}Request`, { encode: codec.encodeRequest as Encode, decode: codec.decodeRequest });
  codecs.set(`${codec.name}Response`, { encode: codec.encodeResponse as Encode, decode: codec.decodeResponse });
}
for (const [name, value] of Object.entries({ ...headers, ...consumerProtocol })) {
  const message = name.slice(6);
  const before = codecs.get(message) ?? ({} as { encode: Encode; decode: Decode });
  codecs.set(message, name.startsWith('encode') ? { ...before, encode: value as Encode } : { ...before, decode: value as Decode });
}

function encoded(name: string, message: unknown, version: number): Buffer {
  const writer = new Writer(16);
  codecs.get(name)?.encode(writer, message as never, version);
  expect(Buffer.concat(writer.finish()).length).toBe(writer.length);
  return Buffer.concat(writer.finish());
}

/** Decodes what may be anything: it must be a message or our own refusal. */
function decodeAnything(name: string, bytes: Buffer, version: number): void {
  const reader = new Reader(bytes);
  try {
    codecs.get(name)?.decode(reader, version);
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
    expect([...codecs.keys()].sort()).toEqual(SCHEMAS.map(({ name }) => name).sort());
  });

  it('comes back as it was sent', () => {
    for (const { name, version } of cases) {
      const schema = SCHEMAS.find((candidate) => candidate.name === name);
      if (schema === undefined) throw new Error(name);
      const property = fc.property(messageArbitrary(schema, version), (message) => {
        const bytes = encoded(name, message, version);
        const reader = new Reader(bytes);
        expect(codecs.get(name)?.decode(reader, version), `${name} version ${version}`).toEqual(message);
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
          const bytes = encoded(name, message, version);
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
