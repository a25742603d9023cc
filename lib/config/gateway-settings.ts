/** What `stratalog gateway` may be told, from flags and the environment: where it listens, and what it is a door to. */
import { StratalogError } from '../core/errors.ts';
import { FLUSHES_IN_FLIGHT_S3, READ_CACHE_BYTES } from '../core/limits.ts';
import { AWS_VARIABLES, parseZones, type ZoneBucket } from './aws-environment.ts';
import { type ListenAddress, readServeSettings, type ServeSettings, variableOf } from './serve-settings.ts';

/** What a gateway in front of a deployment may be told; the rest of a server's settings is about its folder. */
export interface GatewayProcessSettings extends Omit<ServeSettings, 'data' | 'zones' | 'maintenance' | 'kafka'> {
  /** Where the Kafka protocol listens. */
  readonly kafka: ListenAddress;
  readonly table: string;
  readonly zones: readonly ZoneBucket[];
}

/** A gateway over a folder is a server with the same doors; over a deployment it is a process without data. */
export type GatewayBackend =
  | { readonly kind: 'folder'; readonly settings: ServeSettings }
  | { readonly kind: 'deployment'; readonly settings: GatewayProcessSettings };

type Texts = Readonly<Record<string, string | undefined>>;

/** What differs from a server on a folder: uploads take longer than a disk's sync, and a read is a request. */
const OBJECT_STORE_DEFAULTS: Texts = {
  [variableOf('flushesInFlight')]: String(FLUSHES_IN_FLIGHT_S3),
  [variableOf('readCacheBytes')]: String(READ_CACHE_BYTES),
};
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Reads the settings; each flag may be given as a variable too, as with `serve`, and the HTTP door is off unless it is asked for. With
 * `--data` the backend is a folder, without it the deployment whose table and zones the environment names. INVALID_CONFIG with the name
 * and the value of what is missing or wrong.
 */
export function readGatewaySettings(flags: Texts, environment: Texts): GatewayBackend {
  const doors = { ...flags, http: flags.http ?? environment.STRATALOG_HTTP ?? 'off' };
  if ((flags.data ?? environment.STRATALOG_DATA) === undefined) return { kind: 'deployment', settings: ofDeployment(doors, environment) };
  const settings = readServeSettings(doors, environment);
  checkedListener(settings.kafka);
  return { kind: 'folder', settings };
}

function ofDeployment(flags: Texts, environment: Texts): GatewayProcessSettings {
  // The variable of a server's zones is a number, that of a deployment names buckets.
  const { [AWS_VARIABLES.zones]: buckets = '', [AWS_VARIABLES.table]: table = '', ...rest } = environment;
  if (table === '') throw refused(AWS_VARIABLES.table, table, "it must name the deployment's table; a folder is named with --data");
  const zones = parseZones(buckets);
  if (zones === undefined) throw refused(AWS_VARIABLES.zones, buckets, 'it must be ID=BUCKET, by commas');
  const { data: _data, zones: _copies, maintenance: _jobs, ...serving } = readServeSettings(flags, { ...OBJECT_STORE_DEFAULTS, ...rest });
  const kafka = checkedListener(serving.kafka);
  const { host, port } = serving.advertised ?? kafka;
  // Other gateways and all clients go where this one says that it is, so that has to be one place that they can reach.
  const field = serving.advertised === undefined ? '--kafka' : '--advertised';
  if (port === 0) throw refused(field, `${host}:${port}`, 'the port must be from 1 to 65535');
  if (EVERYWHERE.has(host)) throw refused(field, `${host}:${port}`, 'clients cannot connect to that; name this host with --advertised');
  return Object.freeze({ ...serving, kafka, table, zones });
}

function checkedListener(kafka: ListenAddress | null): ListenAddress {
  if (kafka === null) throw refused('--kafka', 'off', 'a gateway has to listen somewhere');
  return kafka;
}

function refused(field: string, value: string, why: string): StratalogError {
  return new StratalogError('INVALID_CONFIG', `${field} is '${value}': ${why}`, { field, value });
}
