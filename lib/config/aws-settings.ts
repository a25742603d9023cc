/** What a deployed function is told by its environment, read once. */
import { StratalogError } from '../core/errors.ts';
import { AWS_VARIABLES, parseZones, type ZoneBucket } from './aws-environment.ts';

/** What callers of a function may do: everything, or one side of the log, of some topics and groups or of all. */
export interface AccessSettings {
  readonly kind: 'admin' | 'produce' | 'consume';
  /** Undefined: every topic. */
  readonly topics: readonly string[] | undefined;
  /** Undefined: every group. */
  readonly groups: readonly string[] | undefined;
}

export interface AwsSettings {
  readonly table: string;
  /** In order of preference. */
  readonly zones: readonly ZoneBucket[];
  readonly access: AccessSettings;
  /** How long committed offsets of a group without members are kept, ms. Undefined: the engine's default. */
  readonly offsetsRetentionMs: number | undefined;
}

const MINUTE_MS = 60_000;

/** INVALID_CONFIG with the variable's name when one is missing or says what cannot be. */
export function awsSettingsOf(environment: Readonly<Record<string, string | undefined>>): AwsSettings {
  const table = environment[AWS_VARIABLES.table];
  if (!table) throw invalid(AWS_VARIABLES.table, table, "it must be the table's name");
  const zonesText = environment[AWS_VARIABLES.zones] ?? '';
  const zones = parseZones(zonesText);
  if (zones === undefined) throw invalid(AWS_VARIABLES.zones, zonesText, "it must be 'id=bucket' pairs separated by commas");
  const kind = environment[AWS_VARIABLES.access] ?? 'admin';
  if (kind !== 'admin' && kind !== 'produce' && kind !== 'consume') {
    throw invalid(AWS_VARIABLES.access, kind, "it must be 'admin', 'produce' or 'consume'");
  }
  const topics = namesIn(environment[AWS_VARIABLES.topics]);
  const groups = namesIn(environment[AWS_VARIABLES.groups]);
  const offsetsRetentionMs = millisecondsOf(AWS_VARIABLES.offsetsRetention, environment[AWS_VARIABLES.offsetsRetention]);
  return Object.freeze({ table, zones, access: Object.freeze({ kind, topics, groups }), offsetsRetentionMs });
}

function millisecondsOf(name: string, minutes: string | undefined): number | undefined {
  if (minutes === undefined) return undefined;
  if (/^[1-9]\d{0,9}$/.test(minutes)) return Number(minutes) * MINUTE_MS;
  throw invalid(name, minutes, 'it must be a whole number of minutes from 1');
}

function namesIn(text: string | undefined): readonly string[] | undefined {
  return text === undefined ? undefined : text.split(',').filter((name) => name !== '');
}

function invalid(name: string, value: string | undefined, rule: string): StratalogError {
  return new StratalogError('INVALID_CONFIG', `${name} is ${value === undefined ? 'not set' : `'${value}'`}; ${rule}`, {
    field: name,
    value: value ?? null,
  });
}
