import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import { JsonScanner } from '../../../lib/http/json-scanner.ts';
import { readRecord } from '../../../lib/http/record-json.ts';
import { bytesText, recordText } from '../../../lib/http/record-text.ts';
import { recordInput } from '../../../lib/http/schemas.ts';

const parse = (text: string) => {
  const scanner = new JsonScanner(Buffer.from(text));
  const record = readRecord(scanner);
  scanner.finish();
  return record;
};
const text = (bytes: Uint8Array | string | null | undefined) => (bytes == null ? bytes : Buffer.from(bytes as Uint8Array).toString());
const anyBytes = fc.oneof(
  fc.uint8Array(),
  fc.string().map((s) => Buffer.from(s, 'utf8')),
  fc.json().map((s) => Buffer.from(s, 'utf8')),
  fc.constant(null),
);
const encodings = fc.constantFrom('utf8' as const, 'base64' as const, 'json' as const);

describe('records as JSON', () => {
  it('read strings, base64, json and null', () => {
    const record = parse('{"key":"kéy","value":{"base64":"AP8="},"headers":{"h":{"json":[1, 2]},"n":null},"partition":3,"timestamp":7}');
    expect(text(record.key)).toBe('kéy');
    expect(record.value).toEqual(Buffer.from([0, 255]));
    expect(record.headers?.map(({ key, value }) => [key, text(value)])).toEqual([
      ['h', '[1, 2]'],
      ['n', null],
    ]);
    expect(record).toMatchObject({ partition: 3, timestamp: 7 });
  });

  it('take headers as a list in which a key comes again', () => {
    expect(parse('{"headers":[{"key":"a","value":"1"},{"key":"a"}]}').headers).toEqual([
      { key: 'a', value: Buffer.from('1') },
      { key: 'a', value: null },
    ]);
  });

  it('default to null, and keep every digit of a number', () => {
    expect(parse('{}')).toMatchObject({ key: null, value: null });
    expect(text(parse('{"value":{"json":0.10000000000000000000000001}}').value)).toBe('0.10000000000000000000000001');
  });

  it.each([
    ['{"key":1}', 'key'],
    ['{"value":{"base64":"AP8"}}', 'value'],
    ['{"value":{"base64":"A P8="}}', 'value'],
    ['{"value":{"base64":"AP8=","json":1}}', 'value'],
    ['{"value":{}}', 'value'],
    ['{"value":{"hex":"00"}}', 'value'],
    ['{"partition":-1}', 'partition'],
    ['{"partition":1.5}', 'partition'],
    ['{"timestamp":"now"}', 'timestamp'],
    ['{"headers":"x"}', 'headers'],
    ['{"headers":[{"value":"x"}]}', 'headers'],
    ['{"offset":1}', 'offset'],
    ['[]', 'record'],
  ])('are refused with the field when %s', (line, field) => {
    expect(() => parse(line)).toThrowError(
      expect.objectContaining({ code: 'INVALID_RECORD', details: expect.objectContaining({ field }) }),
    );
  });

  it('come back as the same bytes, whatever they are shown as', () => {
    fc.assert(
      fc.property(
        anyBytes,
        anyBytes,
        fc.array(fc.tuple(fc.string(), anyBytes), { maxLength: 3 }),
        encodings,
        (key, value, headers, encoding) => {
          const shown = recordText(
            { offset: 5, timestamp: 6, key, value, headers: headers.map(([k, v]) => ({ key: k.toWellFormed(), value: v })) },
            encoding,
          );
          expect(shown).not.toMatch(/[\n\r]/);
          const { offset: _, timestamp: __, ...sent } = JSON.parse(shown);
          expect(recordInput.safeParse(sent).success).toBe(true);
          // Parsed as sent, not as re-written: only the text keeps the digits of numbers.
          const again = parse(shown.replace('"offset":5,', ''));
          expect(again.key === null ? null : Buffer.from(again.key as Uint8Array)).toEqual(key === null ? null : Buffer.from(key));
          expect(again.value === null ? null : Buffer.from(again.value as Uint8Array)).toEqual(value === null ? null : Buffer.from(value));
          expect(again.headers?.map((h) => h.value?.length ?? -1)).toEqual(headers.map(([, v]) => v?.length ?? -1));
        },
      ),
    );
  });

  it('are taken by the schema exactly when they are taken by the reader', () => {
    const bytes = fc.oneof(
      fc.string(),
      fc.record({ base64: fc.string() }),
      fc.record({ json: fc.jsonValue() }),
      fc.constant(null),
      fc.integer(),
    );
    const record = fc.record(
      {
        key: bytes,
        value: bytes,
        partition: fc.oneof(fc.integer(), fc.double()),
        timestamp: fc.integer(),
        headers: fc.oneof(fc.array(fc.record({ key: fc.string(), value: bytes }, { requiredKeys: [] })), fc.dictionary(fc.string(), bytes)),
        more: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(record, (input) => {
        const line = JSON.stringify(input);
        let taken = true;
        try {
          parse(line);
        } catch (error) {
          expect(isStratalogError(error, 'INVALID_RECORD', 'INVALID_REQUEST')).toBe(true);
          taken = false;
        }
        expect({ line, taken: recordInput.safeParse(JSON.parse(line)).success }).toEqual({ line, taken });
      }),
    );
  });

  it('show as text what is UTF-8, as json only what is one line of strict JSON, else as base64', () => {
    expect(bytesText(Buffer.from('{"a":1}'), 'utf8')).toBe('"{\\"a\\":1}"');
    expect(bytesText(Buffer.from('{"a":1}'), 'json')).toBe('{"json":{"a":1}}');
    expect(bytesText(Buffer.from('{"a":1,"a":2}'), 'json')).toBe('"{\\"a\\":1,\\"a\\":2}"');
    expect(bytesText(Buffer.from('[1,\n2]'), 'json')).toBe('"[1,\\n2]"');
    expect(bytesText(Buffer.from('abc'), 'base64')).toBe('{"base64":"YWJj"}');
    expect(bytesText(Buffer.from([0xff]), 'utf8')).toBe('{"base64":"/w=="}');
    expect(bytesText(Buffer.from('\ufeffx'), 'utf8')).toBe('"\ufeffx"');
  });
});
