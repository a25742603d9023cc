/**
 * Kafka's message definitions (JSON with comment lines, folder `common/message` of the kafka-clients jar) as values.
 * Documentation texts are left behind: only names, types, versions and defaults, which are facts of the protocol.
 */

/** Versions from `from` to `to`, both inclusive. An empty range has `from` above `to`. */
export interface Versions {
  readonly from: number;
  readonly to: number;
}

export interface Field {
  /** Kafka's name with a small first letter. */
  readonly name: string;
  /** A primitive's name or a structure's. */
  readonly type: string;
  readonly isArray: boolean;
  readonly isStruct: boolean;
  /** Versions in which the field is on the wire, cut to those of its structure. */
  readonly versions: Versions;
  readonly nullable: Versions;
  /** Number of a tagged field. */
  readonly tag: number | undefined;
  /** The default as the definition spells it, `undefined` where it gives none. */
  readonly defaultText: string | undefined;
  /** False where the field keeps the old encoding in flexible versions. */
  readonly mayBeFlexible: boolean;
}

export interface Struct {
  readonly name: string;
  /** Versions in which the structure can be on the wire. */
  readonly versions: Versions;
  readonly fields: readonly Field[];
}

export interface Message {
  readonly name: string;
  readonly apiKey: number | undefined;
  readonly kind: 'request' | 'response' | 'data';
  readonly versions: Versions;
  readonly flexible: Versions;
  /** Every structure, innermost first; the last one is the message itself. */
  readonly structs: readonly Struct[];
}

interface RawField {
  name: string;
  type: string;
  versions: string;
  nullableVersions?: string;
  taggedVersions?: string;
  flexibleVersions?: string;
  tag?: number;
  default?: string | number | boolean;
  fields?: RawField[];
}

interface RawMessage {
  apiKey?: number;
  type: string;
  name: string;
  validVersions: string;
  flexibleVersions: string;
  fields: RawField[];
  commonStructs?: { name: string; fields: RawField[] }[];
}

const LAST_VERSION = 32_767;

/** `"3"`, `"3+"`, `"3-5"` or `"none"`. */
function parseVersions(text: string): Versions {
  if (text === 'none') return { from: 1, to: 0 };
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`versions not understood: ${text}`);
  const from = Number(match[1]);
  if (match[2] === undefined) return { from, to: from };
  return { from, to: match[3] === undefined ? LAST_VERSION : Number(match[3]) };
}

export function intersect(a: Versions, b: Versions): Versions {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
}

export function isEmpty(versions: Versions): boolean {
  return versions.from > versions.to;
}

export function covers(outer: Versions, inner: Versions): boolean {
  return outer.from <= inner.from && outer.to >= inner.to;
}

/** Reads one definition. Fields that no valid version carries are left out. */
export function parseMessage(text: string): Message {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.trim().startsWith('//'))
    .join('\n');
  const raw = JSON.parse(withoutComments) as RawMessage;
  const versions = parseVersions(raw.validVersions);
  const structs: Struct[] = [];
  for (const common of raw.commonStructs ?? []) collect(common.name, common.fields, versions, structs);
  collect(raw.name, raw.fields, versions, structs);
  const kind = raw.type === 'request' || raw.type === 'response' ? raw.type : 'data';
  return {
    name: raw.name,
    apiKey: raw.apiKey,
    kind,
    versions,
    flexible: intersect(parseVersions(raw.flexibleVersions), versions),
    structs,
  };
}

function collect(name: string, rawFields: readonly RawField[], versions: Versions, structs: Struct[]): void {
  const fields: Field[] = [];
  for (const raw of rawFields) {
    const field = parseField(raw, versions);
    if (isEmpty(field.versions)) continue;
    fields.push(field);
    if (raw.fields !== undefined) collect(field.type, raw.fields, field.versions, structs);
  }
  structs.push({ name, versions, fields });
}

function parseField(raw: RawField, versions: Versions): Field {
  const isArray = raw.type.startsWith('[]');
  const type = isArray ? raw.type.slice(2) : raw.type;
  const present = intersect(parseVersions(raw.versions), versions);
  if (raw.tag !== undefined && !covers(parseVersions(raw.taggedVersions ?? 'none'), present)) {
    throw new Error(`${raw.name}: tagged in some versions only`);
  }
  return {
    name: raw.name.charAt(0).toLowerCase() + raw.name.slice(1),
    type,
    isArray,
    isStruct: /^[A-Z]/.test(type),
    versions: present,
    nullable: intersect(parseVersions(raw.nullableVersions ?? 'none'), present),
    tag: raw.tag,
    defaultText: raw.default === undefined ? undefined : String(raw.default),
    mayBeFlexible: raw.flexibleVersions !== 'none',
  };
}
