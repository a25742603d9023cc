/**
 * Records as JSON text in answers. What is shown can be sent back: a string stands for its UTF-8 bytes, and what is not
 * UTF-8 is shown as base64 whatever the encoding asked for.
 */
import { isUtf8 } from 'node:buffer';
import type { ReadRecordsAnswer } from '../engine/read-records.ts';
import type { RecordEncoding } from './contract.ts';
import { isStrictJson } from './json-scanner.ts';

type ReadRecord = ReadRecordsAnswer['records'][number];

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** The JSON text of one record, without line feeds, so that it is a line of NDJSON and the data of an event. */
export function recordText(record: ReadRecord, encoding: RecordEncoding): string {
  const headers = record.headers.map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${bytesText(value, encoding)}}`);
  return `{"offset":${record.offset},"timestamp":${record.timestamp},"key":${bytesText(record.key, encoding)},"value":${bytesText(record.value, encoding)},"headers":[${headers.join(',')}]}`;
}

/** The JSON text of bytes. */
export function bytesText(bytes: Uint8Array | null, encoding: RecordEncoding): string {
  if (bytes === null) return 'null';
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (encoding !== 'base64' && isUtf8(buffer)) {
    if (encoding === 'json' && isShownAsJson(buffer)) return `{"json":${buffer.toString('utf8')}}`;
    return JSON.stringify(buffer.toString('utf8'));
  }
  return `{"base64":"${buffer.toString('base64')}"}`;
}

/** Text with line ends would break lines and events apart, and taking them out would change the bytes. */
function isShownAsJson(bytes: Buffer): boolean {
  return !bytes.includes(NEWLINE) && !bytes.includes(RETURN) && isStrictJson(bytes);
}
