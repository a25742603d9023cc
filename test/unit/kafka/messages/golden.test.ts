import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Reader } from '../../../../lib/kafka/wire/reader.ts';
import { decoderOf, encoderOf, MESSAGE_NAMES } from './codecs.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A decoded value as Kafka's JSON has it: ids and bytes in base 64. */
function asKafkaPrints(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (typeof value === 'string' && UUID.test(value)) return Buffer.from(value.replaceAll('-', ''), 'hex').toString('base64url');
  if (Array.isArray(value)) return value.map(asKafkaPrints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      // Kafka's JSON leaves record batches out; the comparison of bytes covers them.
      return [name, name === 'records' && Buffer.isBuffer(field) ? '' : asKafkaPrints(field)];
    }),
  );
}

const golden = readFileSync(join(import.meta.dirname, 'fixtures/golden.txt'), 'utf8')
  .trimEnd()
  .split('\n');

describe("messages as Kafka's own classes write them", () => {
  it('are there for every message', () => {
    const names = new Set(golden.map((line) => line.slice(0, line.indexOf(' '))));
    expect([...names].sort()).toEqual(MESSAGE_NAMES);
  });

  it('are read with the same fields and written with the same bytes', () => {
    for (const line of golden) {
      const [name, versionText, hex] = line.split(' ', 3) as [string, string, string];
      const version = Number(versionText);
      const json: unknown = JSON.parse(line.slice(name.length + versionText.length + hex.length + 3));
      const reader = new Reader(Buffer.from(hex, 'hex'));
      const message = decoderOf(name)(reader, version);
      expect(reader.remaining, `${name} ${version}`).toBe(0);
      expect(asKafkaPrints(message), `${name} ${version}`).toMatchObject(json as object);
      expect(encoderOf(name)(message, version).toString('hex'), `${name} ${version}`).toBe(hex);
    }
  });
});
