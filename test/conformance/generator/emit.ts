import { covers, type Field, intersect, isEmpty, type Message, type Struct, type Versions } from './definition.ts';

/**
 * Turns message definitions into TypeScript: an interface, a decoder and an encoder for every structure. The code is
 * straight-line, one statement a field, so that the engine compiles it as it would code written by hand.
 *
 * Requests are read by handlers: every field is there, with its default in versions that do not carry it. Responses
 * are written by handlers: a field with a default, or one that some versions do not carry, may be left out.
 */

export const BANNER = '// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.';

/**
 * 64-bit fields of requests in which everything beyond the safe range means what its largest number means; all other
 * such fields refuse it.
 */
const CLAMPED = new Set([
  'FetchRequest.fetchOffset',
  'FetchRequest.highWatermark',
  'ListOffsetsRequest.timestamp',
  'DeleteRecordsRequest.offset',
  'OffsetCommitRequest.committedOffset',
]);

const ZERO_UUID = '00000000-0000-0000-0000-000000000000';

const PRIMITIVES: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  uint16: 'number',
  int32: 'number',
  uint32: 'number',
  int64: 'number',
  float64: 'number',
  string: 'string',
  uuid: 'string',
};

/** The source of one file: the messages with all that belongs to them. */
export function emitFile(messages: readonly Message[]): string {
  const body = messages.map((message) => emitMessage(message, structNames(messages, message))).join('\n');
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(body);
  const readers = ['Int8', 'Int16', 'Int32', 'Int64', 'Uuid', 'String', 'CompactString'];
  const fromReader = ['type Reader', ...readers.map((r) => `read${r}`).filter(uses)];
  const fromWriter = [
    ...(uses('Draft') ? ['type Draft'] : []),
    ...(uses('RecordChunks') ? ['type RecordChunks'] : []),
    'type Writer',
    ...readers.map((r) => `write${r}`).filter(uses),
  ];
  return [BANNER, importLine(fromReader, '../wire/reader.ts'), importLine(fromWriter, '../wire/writer.ts'), '', body].join('\n');
}

function importLine(names: readonly string[], from: string): string {
  if (names.every((name) => name.startsWith('type '))) {
    return `import type { ${names.map((name) => name.slice(5)).join(', ')} } from '${from}';`;
  }
  return `import { ${names.join(', ')} } from '${from}';`;
}

/** Names of a message's structures in a file: where two messages share one, it gets its message's kind as a suffix. */
function structNames(messages: readonly Message[], message: Message): (name: string) => string {
  const others = new Set(messages.filter((m) => m !== message).flatMap((m) => m.structs.map((s) => s.name)));
  const suffix = message.kind === 'request' ? 'InRequest' : message.kind === 'response' ? 'InResponse' : '';
  return (name) => (others.has(name) ? `${name}${suffix || `Of${message.name}`}` : name);
}

interface Scope {
  readonly message: Message;
  readonly struct: Struct;
  readonly nameOf: (struct: string) => string;
}

function emitMessage(message: Message, nameOf: (name: string) => string): string {
  // The message itself first, then its structures from the outside in: the order in which one reads them.
  const structs = [...message.structs].reverse();
  const parts: string[] = [];
  const scopes = structs.map((struct): Scope => ({ message, struct, nameOf }));
  for (const scope of scopes) parts.push(emitInterface(scope));
  for (const scope of scopes) parts.push(emitDecoder(scope), emitEncoder(scope));
  return parts.join('\n');
}

// --- interfaces

function emitInterface(scope: Scope): string {
  const { message, struct } = scope;
  const lines = struct.fields.map((field) => {
    const optional = message.kind === 'response' && mayBeLeftOut(struct, field);
    const type = typeOf(scope, field) + (optional ? ' | undefined' : '');
    const note = notes(struct, field);
    return `  readonly ${field.name}${optional ? '?' : ''}: ${type};${note === '' ? '' : ` // ${note}`}`;
  });
  const range = `Versions ${message.versions.from} to ${message.versions.to}`;
  const flexible = isEmpty(message.flexible) ? 'none flexible' : `flexible from ${message.flexible.from}`;
  const doc = struct.name === message.name ? `/** ${range}, ${flexible}. */\n` : '';
  return `${doc}export interface ${scope.nameOf(struct.name)} {\n${lines.join('\n')}\n}\n`;
}

function mayBeLeftOut(struct: Struct, field: Field): boolean {
  return (
    field.defaultText !== undefined ||
    field.tag !== undefined ||
    field.name === 'throttleTimeMs' ||
    isNullByDefault(field) ||
    !covers(field.versions, struct.versions)
  );
}

/** What may be null and has no default in the definition; strings are left out of this, for a name is seldom null. */
function isNullByDefault(field: Field): boolean {
  return !isEmpty(field.nullable) && field.defaultText === undefined && field.type !== 'string';
}

function notes(struct: Struct, field: Field): string {
  const parts: string[] = [];
  const { from, to } = field.versions;
  if (!covers(field.versions, struct.versions)) {
    parts.push(to >= struct.versions.to ? `${from}+` : from === to ? `${from}` : `${from}-${to}`);
  }
  if (field.tag !== undefined) parts.push(`tag ${field.tag}`);
  if (field.defaultText !== undefined && field.defaultText !== '') parts.push(`default ${field.defaultText}`);
  return parts.join(', ');
}

function typeOf(scope: Scope, field: Field): string {
  const element = field.isStruct ? scope.nameOf(field.type) : elementType(scope, field.type);
  const type = field.isArray ? `readonly ${element}[]` : element;
  const nullable = !isEmpty(field.nullable) || isTaggedStruct(field);
  return nullable ? `${type} | null` : type;
}

function elementType(scope: Scope, type: string): string {
  if (type === 'bytes') return 'Buffer';
  if (type === 'records') return scope.message.kind === 'response' ? 'RecordChunks' : 'Buffer';
  const primitive = PRIMITIVES[type];
  if (primitive === undefined) throw new Error(`type not understood: ${type}`);
  return primitive;
}

/** A tagged structure that is not on the wire is null. */
function isTaggedStruct(field: Field): boolean {
  return field.tag !== undefined && field.isStruct && !field.isArray;
}

/** The default as source text. */
function defaultOf(field: Field): string {
  const text = field.defaultText;
  if (text === 'null' || isTaggedStruct(field)) return 'null';
  if (field.isArray) return '[]';
  if (field.isStruct) return 'null';
  if (field.type === 'string') return `'${text ?? ''}'`;
  if (field.type === 'uuid') return `'${ZERO_UUID}'`;
  if (field.type === 'bytes' || field.type === 'records') return isEmpty(field.nullable) ? 'Buffer.alloc(0)' : 'null';
  if (field.type === 'bool') return text?.toLowerCase() === 'true' ? 'true' : 'false';
  if (text === undefined || text === '') return '0';
  const value = Number(text);
  return Number.isSafeInteger(value) ? String(value) : 'Number.MAX_SAFE_INTEGER';
}

// --- conditions

/** The condition under which a version within `outer` lies in `inner`: source text, 'true' or 'false'. */
function condition(inner: Versions, outer: Versions): string {
  const both = intersect(inner, outer);
  if (isEmpty(both)) return 'false';
  if (covers(inner, outer)) return 'true';
  if (inner.from <= outer.from) return `v <= ${inner.to}`;
  if (inner.to >= outer.to) return `v >= ${inner.from}`;
  return inner.from === inner.to ? `v === ${inner.from}` : `v >= ${inner.from} && v <= ${inner.to}`;
}

/** Whether a field is in the compact encoding: the function's `flexible`, or a constant where it never changes. */
function flexText(message: Message, field: Field): string {
  const text = field.mayBeFlexible ? condition(message.flexible, field.versions) : 'false';
  return text === 'true' || text === 'false' ? text : 'flexible';
}

function choose(test: string, yes: string, no: string): string {
  if (test === 'true' || yes === no) return yes;
  return test === 'false' ? no : `${test} ? ${yes} : ${no}`;
}

function tagged(struct: Struct): Field[] {
  return struct.fields.filter((field) => field.tag !== undefined);
}

function signature(scope: Scope, lines: readonly string[]): { v: string; flexible: string[] } {
  const { message, struct } = scope;
  const body = lines.join('\n');
  const flexible = /\bflexible\b/.test(body) ? [`  const flexible = ${condition(message.flexible, struct.versions)};`] : [];
  const usesVersion = /\bv\b/.test(body + flexible.join(''));
  if (struct.fields.some((field) => ['r', 'w', 'm', 'v', 'flexible', 'tag', 'end', 'left', 'tags', 'at'].includes(field.name))) {
    throw new Error(`${struct.name}: a field has the name of a variable of the generated code`);
  }
  return { v: usesVersion ? 'v' : '_v', flexible };
}

// --- decoders

function emitDecoder(scope: Scope): string {
  const { message, struct, nameOf } = scope;
  const lines: string[] = [];
  for (const field of struct.fields) {
    if (field.tag !== undefined) lines.push(`  let ${field.name}: ${typeOf(scope, field)} = ${defaultOf(field)};`);
    else lines.push(`  const ${field.name} = ${readField(scope, field)};`);
  }
  lines.push(...readTags(scope));
  const { v, flexible } = signature(scope, lines);
  const name = nameOf(struct.name);
  return [
    `${struct.name === message.name ? 'export ' : ''}function decode${name}(r: Reader, ${v}: number): ${name} {`,
    ...flexible,
    ...lines,
    `  return { ${struct.fields.map((field) => field.name).join(', ')} };`,
    '}',
    '',
  ].join('\n');
}

function readField(scope: Scope, field: Field): string {
  const { struct } = scope;
  const present = condition(field.versions, struct.versions);
  const nullable = condition(field.nullable, field.versions);
  const value = choose(nullable, readValue(scope, field, true), readValue(scope, field, false));
  if (present === 'true') return value;
  return `${present} ? ${value.includes(' ? ') ? `(${value})` : value} : ${defaultOf(field)}`;
}

function readValue(scope: Scope, field: Field, nullable: boolean): string {
  const flexible = flexText(scope.message, field);
  if (field.isArray) {
    const element = field.isStruct ? `decode${scope.nameOf(field.type)}` : primitiveElement('read', field, flexible);
    return `r.${nullable ? 'nullableArray' : 'array'}(${flexible}, v, ${element})`;
  }
  if (field.isStruct) {
    const decode = `decode${scope.nameOf(field.type)}`;
    return nullable && field.tag === undefined ? `r.nullableStruct(v, ${decode})` : `${decode}(r, v)`;
  }
  if (field.type === 'string') return `r.${nullable ? 'nullableString' : 'string'}(${flexible})`;
  if (field.type === 'bytes' || field.type === 'records') return `r.${nullable ? 'nullableBytes' : 'bytes'}(${flexible})`;
  if (field.type === 'int64' && CLAMPED.has(`${scope.message.name}.${field.name}`)) return 'r.int64Clamped()';
  return `r.${field.type}()`;
}

function primitiveElement(verb: 'read' | 'write', field: Field, flexible: string): string {
  if (field.type === 'string') return choose(flexible, `${verb}CompactString`, `${verb}String`);
  return `${verb}${field.type.charAt(0).toUpperCase()}${field.type.slice(1)}`;
}

function readTags(scope: Scope): string[] {
  const { message, struct } = scope;
  if (isEmpty(message.flexible)) return [];
  const known = tagged(struct);
  const test = condition(message.flexible, struct.versions) === 'true' ? 'true' : 'flexible';
  if (known.length === 0) return [test === 'true' ? '  r.skipTags();' : '  if (flexible) r.skipTags();'];
  const cases = known.map((field, i) => {
    const present = condition(field.versions, intersect(message.flexible, struct.versions));
    const guard = present === 'true' ? '' : ` && ${present}`;
    return `${i === 0 ? '' : 'else '}if (tag === ${field.tag}${guard}) ${field.name} = ${taggedValue(scope, field)};`;
  });
  const loop = [
    'for (let left = r.uvarint(); left > 0; left--) {',
    'const tag = r.uvarint();',
    'const end = r.tagEnd();',
    ...cases,
    'else r.position = end;',
    'r.closeTag(end);',
    '}',
  ];
  return test === 'true' ? loop : ['if (flexible) {', ...loop, '}'];
}

function taggedValue(scope: Scope, field: Field): string {
  const nullable = condition(field.nullable, field.versions);
  return choose(nullable, readValue(scope, field, true), readValue(scope, field, false)).replaceAll('flexible', 'true');
}

// --- encoders

function emitEncoder(scope: Scope): string {
  const { message, struct, nameOf } = scope;
  const lines: string[] = [];
  for (const field of struct.fields) {
    if (field.tag !== undefined) continue;
    const present = condition(field.versions, struct.versions);
    lines.push(`  ${present === 'true' ? '' : `if (${present}) `}${writeField(scope, field)};`);
  }
  lines.push(...writeTags(scope));
  const { v, flexible } = signature(scope, lines);
  const name = nameOf(struct.name);
  const type = message.kind === 'response' ? name : `Draft<${name}>`;
  return [
    `${struct.name === message.name ? 'export ' : ''}function encode${name}(w: Writer, m: ${type}, ${v}: number): void {`,
    ...flexible,
    ...lines,
    '}',
    '',
  ].join('\n');
}

function given(scope: Scope, field: Field): string {
  const required = scope.message.kind === 'response' && !mayBeLeftOut(scope.struct, field);
  const value = `m.${field.name}`;
  if (required) return value;
  const fallback = isNullByDefault(field) ? 'null' : defaultOf(field);
  const keepsNull = (!isEmpty(field.nullable) || isTaggedStruct(field)) && fallback !== 'null';
  return keepsNull ? `(${value} === undefined ? ${fallback} : ${value})` : `(${value} ?? ${fallback})`;
}

/** Structures that may not be null have no default object: the encoder is given an empty draft. */
function writeField(scope: Scope, field: Field): string {
  const { message } = scope;
  const flexible = flexText(message, field);
  const value = given(scope, field);
  if (field.isArray) {
    const element = field.isStruct ? `encode${scope.nameOf(field.type)}` : primitiveElement('write', field, flexible);
    return `w.array(${value}, ${flexible}, v, ${element})`;
  }
  if (field.isStruct) {
    const encode = `encode${scope.nameOf(field.type)}`;
    if (!isEmpty(field.nullable)) return `w.nullableStruct(${value}, v, ${encode})`;
    return `${encode}(w, ${message.kind === 'response' ? `m.${field.name}` : `m.${field.name} ?? {}`}, v)`;
  }
  if (field.type === 'string' || field.type === 'bytes') return `w.${field.type}(${value}, ${flexible})`;
  if (field.type === 'records') return `w.records(${value}, ${flexible})`;
  return `w.${field.type}(${value})`;
}

function writeTags(scope: Scope): string[] {
  const { message, struct } = scope;
  if (isEmpty(message.flexible)) return [];
  const always = condition(message.flexible, struct.versions) === 'true';
  const known = tagged(struct);
  if (known.length === 0) return [always ? 'w.uvarint(0);' : 'if (flexible) w.uvarint(0);'];
  const lines: string[] = [];
  for (const field of known) {
    const present = condition(field.versions, intersect(message.flexible, struct.versions));
    lines.push(`const ${field.name} = ${given(scope, field)};`);
    lines.push(`const has${pascal(field.name)} = ${present === 'true' ? '' : `${present} && `}${isGiven(field)};`);
  }
  lines.push(`w.uvarint(${known.map((field) => `(has${pascal(field.name)} ? 1 : 0)`).join(' + ')});`);
  for (const field of [...known].sort((a, b) => (a.tag as number) - (b.tag as number))) {
    const write = isTaggedStruct(field)
      ? `encode${scope.nameOf(field.type)}(w, ${field.name}, v)`
      : writeField(scope, field).replace(given(scope, field), field.name).replaceAll('flexible', 'true');
    lines.push(`if (has${pascal(field.name)}) {`, `const at = w.openTag(${field.tag});`, `${write};`, 'w.closeTag(at);', '}');
  }
  return always ? lines : ['if (flexible) {', ...lines, '}'];
}

/** Whether a tagged field differs from its default; one that does not stays off the wire. */
function isGiven(field: Field): string {
  const fallback = defaultOf(field);
  if (field.isArray) return fallback === 'null' ? `${field.name} !== null` : `${field.name}.length > 0`;
  return `${field.name} !== ${fallback}`;
}

function pascal(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
