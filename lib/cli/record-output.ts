/** Records as text: what `consume` prints. Its `ndjson` is what `produce` reads. */
import { isUtf8 } from 'node:buffer';
import type { ConsumerRecord } from '../sdk/index.ts';

export type OutputFormat = 'text' | 'json' | 'ndjson' | 'value' | 'raw';
export type OutputRecord = ConsumerRecord<Uint8Array, Uint8Array>;

export interface RecordWriter {
  /** What comes before the first record. */
  readonly open: string;
  /** Bytes of some records. */
  write(records: readonly OutputRecord[]): Buffer;
  /** What comes after the last one. */
  readonly close: string;
}

const NEWLINE = Buffer.from('\n');
const EMPTY = Buffer.alloc(0);

/** The writer of a format. `keySeparator` puts the key before the value in `text`. */
export function recordWriter(format: OutputFormat, keySeparator: string | undefined): RecordWriter {
  if (format === 'json') return jsonWriter();
  if (format === 'ndjson') {
    return { open: '', close: '', write: (records) => Buffer.from(records.map((record) => `${jsonOf(record)}\n`).join('')) };
  }
  const separator = format === 'text' && keySeparator !== undefined ? Buffer.from(keySeparator) : undefined;
  const end = format === 'raw' ? EMPTY : NEWLINE;
  return {
    open: '',
    close: '',
    write: (records) =>
      Buffer.concat(
        records.flatMap(({ key, value }) => [...(separator === undefined ? [] : [key ?? EMPTY, separator]), value ?? EMPTY, end]),
      ),
  };
}

function jsonWriter(): RecordWriter {
  let first = true;
  return {
    open: '[',
    close: '\n]\n',
    write: (records) => {
      const text = records.map((record, index) => `${first && index === 0 ? '' : ','}\n${jsonOf(record)}`).join('');
      first &&= records.length === 0;
      return Buffer.from(text);
    },
  };
}

function jsonOf({ partition, offset, timestamp, key, value, headers }: OutputRecord): string {
  const shownHeaders = headers.map((header) => ({ key: header.key, value: shown(header.value) }));
  return JSON.stringify({ partition, offset, timestamp, key: shown(key), value: shown(value), headers: shownHeaders });
}

/** UTF-8 as a string, other bytes as base64. */
function shown(bytes: Uint8Array | null): string | { readonly base64: string } | null {
  if (bytes === null) return null;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString('utf8') : { base64: buffer.toString('base64') };
}
