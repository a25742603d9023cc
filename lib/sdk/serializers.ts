/**
 * Keys and values to bytes and back, as plain functions. A serializer never sees null: a null key or value is null in
 * the log too (a null value is a tombstone).
 */
import { StratalogError } from '../core/errors.ts';

/** What a serializer is told besides the value. */
export interface SerializeContext {
  readonly topic: string;
  /** Which part of the record is being converted. */
  readonly part: 'key' | 'value';
}

/** A value to bytes. Throwing refuses the record. */
export type Serializer<Value> = (value: Value, context: SerializeContext) => Uint8Array;
/** Bytes to a value. Throwing fails the read of that record. The bytes are a view: copy what is kept for long. */
export type Deserializer<Value> = (bytes: Uint8Array, context: SerializeContext) => Value;

/** Both directions of one conversion. */
export interface Serde<Value> {
  readonly serialize: Serializer<Value>;
  readonly deserialize: Deserializer<Value>;
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const FLOAT64_BYTES = 8;

/** UTF-8 text. Bytes that are not UTF-8 are INVALID_RECORD, never replacement characters. */
export const stringSerde: Serde<string> = {
  serialize(value, context) {
    if (typeof value !== 'string') throw wrongType(context, 'a string', value);
    return utf8.encode(value);
  },
  deserialize(bytes, context) {
    try {
      return strictUtf8.decode(bytes);
    } catch (error) {
      throw notReadable(context, 'UTF-8', error);
    }
  },
};

/** Bytes as they are, both ways. */
export const bytesSerde: Serde<Uint8Array> = {
  serialize(value, context) {
    if (!(value instanceof Uint8Array)) throw wrongType(context, 'a Uint8Array', value);
    return value;
  },
  deserialize: (bytes) => bytes,
};

/** A number as Kafka's DoubleSerializer writes it: eight bytes, big-endian, IEEE 754. */
export const numberSerde: Serde<number> = {
  serialize(value, context) {
    if (typeof value !== 'number') throw wrongType(context, 'a number', value);
    const bytes = new Uint8Array(FLOAT64_BYTES);
    new DataView(bytes.buffer).setFloat64(0, value);
    return bytes;
  },
  deserialize(bytes, context) {
    if (bytes.length !== FLOAT64_BYTES) throw notReadable(context, `a number of ${FLOAT64_BYTES} bytes (it has ${bytes.length})`);
    return new DataView(bytes.buffer, bytes.byteOffset, FLOAT64_BYTES).getFloat64(0);
  },
};

/** JSON text of any value; give the type that you expect: `jsonSerde<Order>()`. Nothing checks it against that type. */
export function jsonSerde<Value = unknown>(): Serde<Value> {
  return {
    serialize(value, context) {
      const text = JSON.stringify(value);
      if (text === undefined) throw wrongType(context, 'a value that JSON can hold', value);
      return utf8.encode(text);
    },
    deserialize(bytes, context) {
      try {
        return JSON.parse(strictUtf8.decode(bytes)) as Value;
      } catch (error) {
        throw notReadable(context, 'JSON', error);
      }
    },
  };
}

/** What a producer takes when no serializer is given: text as UTF-8, bytes as they are. */
export const textOrBytes: Serializer<string | Uint8Array> = (value, context) => {
  if (typeof value === 'string') return utf8.encode(value);
  if (value instanceof Uint8Array) return value;
  throw wrongType(context, 'a string or a Uint8Array (give a serializer for anything else)', value);
};

function wrongType({ topic, part }: SerializeContext, wanted: string, value: unknown): StratalogError {
  return new StratalogError('INVALID_RECORD', `the ${part} of a record for '${topic}' must be ${wanted}, it is of type ${typeof value}`, {
    field: part,
    topic,
  });
}

function notReadable({ topic, part }: SerializeContext, wanted: string, cause?: unknown): StratalogError {
  return new StratalogError('INVALID_RECORD', `the ${part} of a record of '${topic}' is not ${wanted}`, { field: part, topic }, cause);
}
