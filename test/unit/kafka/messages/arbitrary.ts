import fc from 'fast-check';
import type { SchemaText } from './schemas.ts';

/** A message's fields as values, parsed from the text table. */
interface Field {
  readonly name: string;
  readonly type: string;
  readonly isArray: boolean;
  readonly from: number;
  readonly to: number;
  readonly nullableFrom: number;
  readonly nullableTo: number;
  readonly tag: number | undefined;
  readonly fallback: string | undefined;
}

type Structs = ReadonlyMap<string, readonly Field[]>;

const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

function parseRange(text: string): [number, number] {
  const [from, to] = text.split('-').map(Number) as [number, number | undefined];
  return [from, to ?? from];
}

function parseField(text: string, versions: readonly [number, number]): Field {
  const [name, rawType, ...rest] = text.trim().split(' ') as [string, string, ...string[]];
  let [from, to] = versions;
  let [nullableFrom, nullableTo] = [1, 0];
  let tag: number | undefined;
  let fallback: string | undefined;
  for (const part of rest) {
    if (part.startsWith('?')) [nullableFrom, nullableTo] = parseRange(part.slice(1));
    else if (part.startsWith('#')) tag = Number(part.slice(1));
    else if (part.startsWith('=')) fallback = part.slice(1);
    else [from, to] = parseRange(part);
  }
  const isArray = rawType.startsWith('[]');
  return { name, type: isArray ? rawType.slice(2) : rawType, isArray, from, to, nullableFrom, nullableTo, tag, fallback };
}

function parse(schema: SchemaText): Structs {
  const lines = schema.structs.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [name, fields] = line.split(':') as [string, string];
      const texts = fields.split(',').filter((text) => text.trim() !== '');
      return [name, texts.map((text) => parseField(text, schema.versions))];
    }),
  );
}

const INTEGERS: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

function primitive(type: string): fc.Arbitrary<unknown> {
  const bounds = INTEGERS[type];
  if (bounds !== undefined) return fc.integer({ min: bounds[0], max: bounds[1] });
  if (type === 'bool') return fc.boolean();
  if (type === 'string') return fc.string({ unit: 'binary', maxLength: 40 });
  if (type === 'uuid') return fc.uuid();
  if (type === 'bytes' || type === 'records') {
    const size = type === 'records' ? 1_500 : 40;
    return fc.uint8Array({ maxLength: size }).map((bytes) => Buffer.from(bytes));
  }
  throw new Error(`no values for type ${type}`);
}

/** What a decoder answers for a field that its version does not carry. */
function fallbackOf(field: Field): unknown {
  const isStruct = /^[A-Z]/.test(field.type);
  if (field.fallback === 'null' || (isStruct && !field.isArray)) return null;
  if (field.isArray) return [];
  if (field.type === 'string') return field.fallback ?? '';
  if (field.type === 'uuid') return ZERO_UUID;
  if (field.type === 'bytes' || field.type === 'records') return null;
  if (field.type === 'bool') return field.fallback?.toLowerCase() === 'true';
  const value = Number(field.fallback ?? 0);
  return Number.isSafeInteger(value) ? value : Number.MAX_SAFE_INTEGER;
}

function structArbitrary(structs: Structs, name: string, version: number): fc.Arbitrary<unknown> {
  const fields = structs.get(name);
  if (fields === undefined) throw new Error(`no structure ${name}`);
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fields) model[field.name] = fieldArbitrary(structs, field, version);
  return fc.record(model);
}

function fieldArbitrary(structs: Structs, field: Field, version: number): fc.Arbitrary<unknown> {
  if (version < field.from || version > field.to) return fc.constant(fallbackOf(field));
  const isStruct = /^[A-Z]/.test(field.type);
  const one = isStruct ? structArbitrary(structs, field.type, version) : primitive(field.type);
  const value = field.isArray ? fc.array(one, { maxLength: 3 }) : one;
  const nullable = version >= field.nullableFrom && version <= field.nullableTo;
  const mayBeAbsent = isStruct && !field.isArray && field.tag !== undefined;
  return nullable || mayBeAbsent ? fc.option(value, { nil: null, freq: 4 }) : value;
}

/** Random values of a message in one of its versions, every field as a decoder answers it. */
export function messageArbitrary(schema: SchemaText, version: number): fc.Arbitrary<unknown> {
  return structArbitrary(parse(schema), schema.name, version);
}
