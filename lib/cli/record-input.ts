/** Records from text: lines with or without a key, or JSON objects as the HTTP API takes them. */
import { StratalogError } from '../core/errors.ts';
import type { HeaderValue, ProducerRecord } from '../sdk/index.ts';

export type InputFormat = 'text' | 'json' | 'ndjson';
export type InputRecord = Omit<ProducerRecord<Uint8Array, Uint8Array>, 'topic'>;

/** A line longer than this cannot be a record that any topic takes. */
const LINE_BYTES_MAX = 128 * 1024 * 1024;
const NEWLINE = 0x0a;
const FIELDS = ['key', 'value', 'headers', 'partition', 'timestamp', 'topic', 'offset'];

/** Lines without their newline, byte for byte; a last line without one counts too. INVALID_RECORD past 128 MiB. */
async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer[], void, undefined> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const piece of input) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const tail = bytes.subarray(start, end);
      lines.push(rest.length === 0 ? tail : Buffer.concat([...rest, tail]));
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start < bytes.length) {
      rest.push(bytes.subarray(start));
      restBytes += bytes.length - start;
      if (restBytes > LINE_BYTES_MAX) throw wrong(`a line has more than ${LINE_BYTES_MAX} bytes`);
    }
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) yield [Buffer.concat(rest)];
}

/** Records of an input, with the line each ends on. */
export async function* recordsOf(
  input: AsyncIterable<Uint8Array>,
  format: InputFormat,
  keySeparator: string | undefined,
): AsyncGenerator<InputRecord[], void, undefined> {
  if (format === 'json') {
    yield await wholeDocument(input);
    return;
  }
  const separator = keySeparator === undefined ? undefined : Buffer.from(keySeparator);
  let line = 0;
  for await (const lines of linesOf(input)) {
    const records: InputRecord[] = [];
    for (const text of lines) {
      line++;
      if (format === 'text') records.push(textRecord(text, separator, line));
      else if (!isBlank(text)) records.push(jsonRecord(parse(text, `line ${line}`), `line ${line}`));
    }
    yield records;
  }
}

function textRecord(line: Buffer, separator: Buffer | undefined, number: number): InputRecord {
  if (separator === undefined) return { value: line };
  const at = line.indexOf(separator);
  if (at < 0) throw wrong(`line ${number} has no key separator`);
  return { key: line.subarray(0, at), value: line.subarray(at + separator.length) };
}

async function wholeDocument(input: AsyncIterable<Uint8Array>): Promise<InputRecord[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of input) pieces.push(piece);
  const parsed = parse(Buffer.concat(pieces), 'the input');
  return (Array.isArray(parsed) ? parsed : [parsed]).map((record, index) => jsonRecord(record, `record ${index + 1}`));
}

function jsonRecord(value: unknown, where: string): InputRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${where} is no object with key and value`);
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!FIELDS.includes(name)) throw wrong(`${where} has a field '${name}'; key, value, headers, partition and timestamp are known`);
  }
  const { partition, timestamp } = given;
  return {
    key: bytesOf(given.key, `key of ${where}`),
    value: bytesOf(given.value, `value of ${where}`),
    headers: headersOf(given.headers, where),
    ...(partition === undefined ? {} : { partition: partition as number }),
    // What a consumer shows as -1 has no timestamp; it gets one now.
    ...(timestamp === undefined || timestamp === -1 ? {} : { timestamp: timestamp as number }),
  };
}

/** A string, `{"base64": ...}`, `{"json": ...}` or null. */
function bytesOf(value: unknown, what: string): Uint8Array | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return Buffer.from(value);
  if (typeof value === 'object' && 'base64' in value && typeof value.base64 === 'string') return Buffer.from(value.base64, 'base64');
  if (typeof value === 'object' && 'json' in value) return Buffer.from(JSON.stringify(value.json));
  throw wrong(`the ${what} must be a string, {"base64": ...}, {"json": ...} or null`);
}

function headersOf(value: unknown, where: string): { readonly key: string; readonly value: HeaderValue }[] {
  if (value === undefined || value === null) return [];
  const pairs: [unknown, unknown][] = Array.isArray(value)
    ? value.map((header: { key?: unknown; value?: unknown } | null) => [header?.key, header?.value])
    : Object.entries(value);
  return pairs.map(([key, header]) => {
    if (typeof key !== 'string') throw wrong(`a header of ${where} has no key`);
    return { key, value: bytesOf(header, `header '${key}' of ${where}`) };
  });
}

function parse(text: Buffer, where: string): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (error) {
    throw wrong(`${where} is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}

function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}

function wrong(message: string): StratalogError {
  return new StratalogError('INVALID_RECORD', message, { field: 'input' });
}
