/** What `stratalog gateway` may be told, from flags and the environment: where it listens, and which deployment it is a door to. */
import { StratalogError } from '../core/errors.ts';
import { AWS_VARIABLES, parseZones, type ZoneBucket } from './aws-environment.ts';
import type { ListenAddress } from './serve-settings.ts';

export interface GatewayProcessSettings {
  /** Where the Kafka protocol listens. */
  readonly kafka: ListenAddress;
  /** What clients are told to connect to; default the address above. */
  readonly advertised: ListenAddress | undefined;
  /** Zone of this gateway. */
  readonly rack: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly table: string;
  readonly zones: readonly ZoneBucket[];
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const PORT_MAX = 65_535;

/** Reads the settings. INVALID_CONFIG with the name and the value of what is missing or wrong. */
export function readGatewaySettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): GatewayProcessSettings {
  const logLevel = LEVELS.find((level) => level === (flags.logLevel ?? 'info'));
  if (logLevel === undefined) throw refused('--log-level', flags.logLevel ?? '', `it must be one of ${LEVELS.join(', ')}`);
  const table = environment[AWS_VARIABLES.table] ?? '';
  if (table === '') throw refused(AWS_VARIABLES.table, table, "it must name the deployment's table");
  const zones = parseZones(environment[AWS_VARIABLES.zones] ?? '');
  if (zones === undefined) throw refused(AWS_VARIABLES.zones, environment[AWS_VARIABLES.zones] ?? '', 'it must be ID=BUCKET, by commas');
  const advertised = flags.advertised === undefined ? undefined : address('--advertised', flags.advertised);
  return Object.freeze({
    kafka: address('--kafka', flags.kafka ?? '127.0.0.1:9092'),
    advertised,
    rack: flags.rack,
    logLevel,
    table,
    zones,
  });
}

function address(flag: string, text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match === null || port < 1 || port > PORT_MAX) throw refused(flag, text, `it must be HOST:PORT with a port from 1 to ${PORT_MAX}`);
  return { host: match.groups?.v6 ?? match.groups?.host ?? '', port };
}

function refused(field: string, value: string, why: string): StratalogError {
  return new StratalogError('INVALID_CONFIG', `${field} is '${value}': ${why}`, { field, value });
}
