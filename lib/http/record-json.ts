/**
 * Records as JSON in requests: `{key?, value?, headers?, partition?, timestamp?}`.
 *
 * Written by hand and not by schema: this runs once a record, and it keeps the exact text of `{"json": ...}` values.
 * The schema in `schemas.ts` describes the same language, and a test holds the two together.
 */
import { StratalogError } from '../core/errors.ts';
import { HEADERS_PER_RECORD_MAX, PARTITIONS_PER_TOPIC_MAX } from '../core/limits.ts';
import type { ProduceRecord } from '../engine/produce-records.ts';
import { type JsonScanner, LOWER_N, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-scanner.ts';

type Header = NonNullable<ProduceRecord['headers']>[number];

const NO_HEADERS: readonly Header[] = [];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Reads the record at the scanner. INVALID_RECORD and INVALID_REQUEST name the field and the byte. */
export function readRecord(scanner: JsonScanner): ProduceRecord {
  if (scanner.peek() !== OPEN_OBJECT) throw invalid(scanner, 'record', 'a record is an object');
  let key: Uint8Array | null = null;
  let value: Uint8Array | null = null;
  let headers: readonly Header[] = NO_HEADERS;
  let partition: number | undefined;
  let timestamp: number | undefined;
  scanner.readObject((name) => {
    switch (name) {
      case 'key':
        key = readBytes(scanner, 'key');
        break;
      case 'value':
        value = readBytes(scanner, 'value');
        break;
      case 'headers':
        headers = readHeaders(scanner);
        break;
      case 'partition':
        partition = readWhole(scanner, 'partition', PARTITIONS_PER_TOPIC_MAX - 1);
        break;
      case 'timestamp':
        timestamp = readWhole(scanner, 'timestamp', Number.MAX_SAFE_INTEGER);
        break;
      default:
        throw invalid(scanner, name.slice(0, 80), 'a record has key, value, headers, partition and timestamp, nothing else');
    }
  });
  const record: { -readonly [Name in keyof ProduceRecord]: ProduceRecord[Name] } = { key, value, headers };
  if (partition !== undefined) record.partition = partition;
  if (timestamp !== undefined) record.timestamp = timestamp;
  return record;
}

function readBytes(scanner: JsonScanner, field: string): Uint8Array | null {
  switch (scanner.peek()) {
    case QUOTE:
      return scanner.readStringBytes();
    case LOWER_N:
      scanner.readWord();
      return null;
    case OPEN_OBJECT:
      return readTaggedBytes(scanner, field);
    default:
      throw invalid(scanner, field, `${field} must be a string, {"base64": ...}, {"json": ...} or null`);
  }
}

function readTaggedBytes(scanner: JsonScanner, field: string): Uint8Array {
  let bytes: Uint8Array | undefined;
  const start = scanner.at;
  scanner.readObject((tag) => {
    if (bytes !== undefined) throw invalid(scanner, field, 'only one of base64 and json may be given');
    if (tag === 'json') bytes = scanner.passValue();
    else if (tag === 'base64') bytes = readBase64(scanner, field);
    else throw invalid(scanner, field, `'${tag.slice(0, 80)}' is neither base64 nor json`);
  });
  if (bytes === undefined) throw invalid(scanner, field, 'one of base64 and json must be given', start);
  return bytes;
}

function readBase64(scanner: JsonScanner, field: string): Uint8Array {
  const at = scanner.at;
  if (scanner.peek() !== QUOTE) throw invalid(scanner, field, 'base64 must be a string');
  const text = scanner.readString();
  // Buffer.from passes over what it does not know, so that a wrong text would be stored as other bytes.
  if (!BASE64.test(text)) throw invalid(scanner, field, 'the string is not base64 with padding (RFC 4648 section 4)', at);
  return Buffer.from(text, 'base64');
}

function readHeaders(scanner: JsonScanner): readonly Header[] {
  const headers: Header[] = [];
  const add = (key: string, value: Uint8Array | null) => {
    if (headers.push({ key, value }) > HEADERS_PER_RECORD_MAX) {
      throw invalid(scanner, 'headers', `at most ${HEADERS_PER_RECORD_MAX} headers are allowed`);
    }
  };
  switch (scanner.peek()) {
    case OPEN_OBJECT:
      scanner.readObject((key) => add(wellFormed(scanner, key), readBytes(scanner, 'headers')));
      return headers;
    case OPEN_LIST:
      scanner.readList(() => {
        const header = readHeader(scanner);
        add(header.key, header.value);
      });
      return headers;
    case LOWER_N:
      scanner.readWord();
      return NO_HEADERS;
    default:
      throw invalid(scanner, 'headers', 'headers must be a list of {key, value} or an object');
  }
}

function readHeader(scanner: JsonScanner): Header {
  if (scanner.peek() !== OPEN_OBJECT) throw invalid(scanner, 'headers', 'a header is an object with key and value');
  let key: string | undefined;
  let value: Uint8Array | null = null;
  scanner.readObject((name) => {
    if (name === 'value') value = readBytes(scanner, 'headers');
    else if (name !== 'key') throw invalid(scanner, 'headers', 'a header has key and value, nothing else');
    else if (scanner.peek() !== QUOTE) throw invalid(scanner, 'headers', "a header's key must be a string");
    else key = wellFormed(scanner, scanner.readString());
  });
  if (key === undefined) throw invalid(scanner, 'headers', 'a header needs a key');
  return { key, value };
}

function wellFormed(scanner: JsonScanner, text: string): string {
  if (!text.isWellFormed()) throw invalid(scanner, 'headers', 'half a surrogate pair has no UTF-8 form');
  return text;
}

function readWhole(scanner: JsonScanner, field: string, max: number): number {
  const start = scanner.at;
  const value = scanner.readValue();
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  const shown = typeof value === 'object' ? null : value;
  throw new StratalogError(
    'INVALID_RECORD',
    `${field} at byte ${start} is ${JSON.stringify(value).slice(0, 80)}, it must be a whole number from 0 to ${max}`,
    { field, value: typeof shown === 'string' ? shown.slice(0, 80) : shown, limit: max, position: start },
  );
}

function invalid(scanner: JsonScanner, field: string, why: string, at: number = scanner.at): StratalogError {
  return new StratalogError('INVALID_RECORD', `${why}, at byte ${at}`, { field, position: at });
}
