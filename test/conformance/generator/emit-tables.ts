import { type Field, isEmpty, type Message, type Versions } from './definition.ts';
import { BANNER } from './emit.ts';

/** What the tables over all messages need of one API. */
export interface Api {
  readonly name: string;
  readonly file: string;
  readonly request: Message;
  readonly response: Message;
}

/** The codec of an API, to stand at the end of the file of its messages. */
export function emitCodec({ name, request }: Api): string {
  const flexibleFrom = isEmpty(request.flexible) ? 'Number.POSITIVE_INFINITY' : request.flexible.from;
  return [
    `export const ${codecName(name)} = {`,
    `  name: '${name}',`,
    `  apiKey: ${request.apiKey},`,
    `  flexibleFrom: ${flexibleFrom},`,
    `  versions: [${request.versions.from}, ${request.versions.to}],`,
    `  decodeRequest: decode${name}Request,`,
    `  encodeRequest: encode${name}Request,`,
    `  decodeResponse: decode${name}Response,`,
    `  encodeResponse: encode${name}Response,`,
    '} as const;',
    '',
  ].join('\n');
}

function codecName(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

/** The source of the registry: every API's codec by its name, and the types of its request and response. */
export function emitRegistry(apis: readonly Api[]): string {
  const lines = [BANNER, "import type { Reader } from '../wire/reader.ts';", "import type { Draft, Writer } from '../wire/writer.ts';"];
  for (const { name, file } of apis) {
    lines.push(`import { ${codecName(name)}, type ${name}Request, type ${name}Response } from './${file}';`);
  }
  lines.push('', '/** The request and the response of every API that has a codec, by the name Kafka gives it. */');
  lines.push('export interface Messages {');
  for (const { name } of apis) lines.push(`  ${name}: { request: ${name}Request; response: ${name}Response };`);
  lines.push('}', '', 'export type ApiName = keyof Messages;', '');
  lines.push(
    'export interface Codec<N extends ApiName> {',
    '  readonly name: N;',
    '  readonly apiKey: number;',
    '  /** First version in the compact encoding with tagged fields (KIP-482); Infinity where there is none. */',
    '  readonly flexibleFrom: number;',
    '  /** Versions that the codec understands; what the gateway advertises is a part of them. */',
    '  readonly versions: readonly [from: number, to: number];',
    "  readonly decodeRequest: (r: Reader, v: number) => Messages[N]['request'];",
    "  readonly encodeRequest: (w: Writer, m: Draft<Messages[N]['request']>, v: number) => void;",
    "  readonly decodeResponse: (r: Reader, v: number) => Messages[N]['response'];",
    "  readonly encodeResponse: (w: Writer, m: Messages[N]['response'], v: number) => void;",
    '}',
    '',
    'export const CODECS: { readonly [N in ApiName]: Codec<N> } = {',
    ...apis.map(({ name }) => `  ${name}: ${codecName(name)},`),
    '};',
    '',
  );
  return lines.join('\n');
}

/**
 * The source of a part of the tests' table: each message as text, a line a structure and a phrase a field,
 * `name type versions ?nullable #tag =default`, the versions left out where the field is in all of its message's.
 */
export function emitSchemas(what: string, messages: readonly Message[]): string {
  const lines = [
    BANNER,
    "import type { SchemaText } from './schemas.ts';",
    '',
    `export const ${what.toUpperCase()}_SCHEMAS: readonly SchemaText[] = [`,
  ];
  for (const message of messages) {
    const { from, to } = message.versions;
    const structs = message.structs.map((s) => `${s.name}: ${s.fields.map((f) => phrase(f, message)).join(', ')}`);
    lines.push(
      '  {',
      `    name: '${message.name}',`,
      `    versions: [${from}, ${to}],`,
      `    structs: \`\n${structs.join('\n')}\`,`,
      '  },',
    );
  }
  lines.push('];', '');
  return lines.join('\n');
}

/** The source of the whole table, from the names of its parts. */
export function emitSchemaTable(parts: readonly string[]): string {
  return [
    BANNER,
    ...parts.map((what) => `import { ${what.toUpperCase()}_SCHEMAS } from './schemas-${what}.ts';`),
    '',
    'export interface SchemaText {',
    '  readonly name: string;',
    '  readonly versions: readonly [from: number, to: number];',
    '  /** A line a structure: `Name: field type versions ?nullable #tag =default, ...`; the last is the message. */',
    '  readonly structs: string;',
    '}',
    '',
    `export const SCHEMAS: readonly SchemaText[] = [${parts.map((what) => `...${what.toUpperCase()}_SCHEMAS`).join(', ')}];`,
    '',
  ].join('\n');
}

function phrase(field: Field, message: Message): string {
  const parts = [field.name, (field.isArray ? '[]' : '') + field.type];
  const { from, to } = field.versions;
  if (from !== message.versions.from || to !== message.versions.to) parts.push(range(field.versions));
  if (!isEmpty(field.nullable)) parts.push(`?${range(field.nullable)}`);
  if (field.tag !== undefined) parts.push(`#${field.tag}`);
  if (field.defaultText !== undefined) parts.push(`=${field.defaultText}`);
  return parts.join(' ');
}

function range({ from, to }: Versions): string {
  return from === to ? `${from}` : `${from}-${to}`;
}
