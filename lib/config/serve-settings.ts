/**
 * What `stratalog serve` may be told, from flags and the environment, read once into one frozen object.
 *
 * A flag goes before its variable, a variable before the default. Whatever is unknown or out of range stops the start
 * with the name, the value and the bound.
 */
import { z } from 'zod';
import { StratalogError } from '../core/errors.ts';
import { MIGRATION_POLICIES } from '../core/groups/migration.ts';
import {
  APPEND_BUFFER_BYTES,
  APPEND_TIMEOUT_MS,
  FLUSHES_IN_FLIGHT_MAX,
  GROUP_LAG_SAMPLE_MS,
  HTTP_BODY_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  PARTITIONS_DEFAULT,
  PARTITIONS_PER_TOPIC_MAX,
  READ_CACHE_BYTES_EMBEDDED,
} from '../core/limits.ts';
import { AWS_VARIABLES } from './aws-environment.ts';

/** Where a door listens. Port 0 takes any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
/** As many as a data folder can have (`lib/adapters/local/data-folder.ts`). */
const ZONES_MAX = 16;
/** A gateway's name in the table holds its rack. */
const RACK_CHARS_MAX = 100;
const PREFIX = 'STRATALOG_';

const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'it must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

const address = z.string().transform((text, context): ListenAddress => {
  const match = /^(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match !== null && port <= 65_535) return { host: match.groups?.v6 ?? (match.groups?.host || '0.0.0.0'), port };
  context.addIssue({ code: 'custom', message: 'it must be HOST:PORT with a port from 0 to 65535' });
  return z.NEVER;
});
const addressOrOff = z.union([z.literal('off').transform(() => null), address]);
const origins = z.string().transform((text) =>
  text
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== ''),
);

/** Every setting. Its flag is the name in kebab-case, its variable the name in upper case after STRATALOG_. */
const SCHEMA = z.object({
  /** Folder of all data; made when it is not there. */
  data: z.string().min(1, 'it must name a folder').default('./data'),
  /** Address of the HTTP door, `off` (null) for none. */
  http: addressOrOff.default({ host: '127.0.0.1', port: 8080 }),
  /** Address of the Kafka door, `off` (null) for none. */
  kafka: addressOrOff.default({ host: '127.0.0.1', port: 9092 }),
  /** What Kafka clients are told to connect to, where that is not where the Kafka door listens: behind a container or a balancer. */
  advertised: address.optional(),
  /** Zone of this server, told to Kafka clients as its rack. */
  rack: z.string().max(RACK_CHARS_MAX).optional(),
  /** Copies of every segment, each in a folder of its own. More survive the loss of one, and every record is written as often. */
  zones: whole(1, ZONES_MAX).default(1),
  /** Least important lines that are printed. `debug` costs some per cent of throughput. */
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Origins that browsers may call the HTTP door from, by commas; `*` for all. */
  corsOrigins: origins.default([]),
  /** Largest HTTP body that is read whole, bytes. Each request under way may hold as much memory. */
  httpBodyBytes: whole(64 * 1024, MESSAGE_BYTES_MAX * 2).default(HTTP_BODY_BYTES_MAX),
  /** Whether a Kafka client that asks for a topic that is not there has it created (`auto.create.topics.enable`). */
  autoCreateTopics: z.enum(['on', 'off']).default('on'),
  /** `num.partitions` of topics created without a count. */
  defaultPartitions: whole(1, PARTITIONS_PER_TOPIC_MAX).default(PARTITIONS_DEFAULT),
  /** Accepted, unanswered bytes; past it producers are told to wait. Memory. */
  appendBufferBytes: whole(MIB, 4 * GIB).default(APPEND_BUFFER_BYTES),
  /** How long an append waits for its answer, ms. */
  appendTimeoutMs: whole(100, 600_000).default(APPEND_TIMEOUT_MS),
  /** Flushes under way at once. More hide a slow disk's latency and hold more memory. */
  flushesInFlight: whole(1, 64).default(FLUSHES_IN_FLIGHT_MAX),
  /** Least time between the starts of two flushes, ms, but where one is full. More: larger and fewer requests, and a later answer. */
  lingerMs: whole(0, 60_000).default(0),
  /** Bytes of the newest records kept in memory for readers at the end of the log. */
  readCacheBytes: whole(0, 16 * GIB).default(READ_CACHE_BYTES_EMBEDDED),
  /** Distance of two looks at a group's lag, ms; ten make a window, three without a commit are a stop. Costs a row a partition. */
  lagSampleMs: whole(100, 60_000).default(GROUP_LAG_SAMPLE_MS),
  /** Whether groups with members change their protocol: `group.consumer.migration.policy`. The same for all gateways of a deployment. */
  groupMigration: z.enum(MIGRATION_POLICIES).default('bidirectional'),
  /** Whether the log looks after itself; off, jobs run by hand only, and data that should go stays. */
  maintenance: z.enum(['on', 'off']).default('on'),
  /** How long requests under way may take to end once the process was told to stop, ms. */
  shutdownGraceMs: whole(0, 600_000).default(10_000),
});

export type ServeSettings = Readonly<z.output<typeof SCHEMA>>;
export type ServeSettingName = keyof ServeSettings;

export const SERVE_SETTING_NAMES = Object.keys(SCHEMA.shape) as readonly ServeSettingName[];

/** Variables that other parts of the project read, or that clients on the same machine use. */
const OTHERS: ReadonlySet<string> = new Set([...Object.values(AWS_VARIABLES), 'STRATALOG_URL']);

/** The flag of a setting: `httpBodyBytes` is `--http-body-bytes`. */
export function flagOf(name: ServeSettingName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The variable of a setting: `httpBodyBytes` is `STRATALOG_HTTP_BODY_BYTES`. */
export function variableOf(name: ServeSettingName): string {
  return PREFIX + name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/**
 * Reads the settings. `flags` are by setting name, as text, undefined where not given.
 * INVALID_CONFIG for an unknown flag or STRATALOG_ variable, and for a value that is not one or out of its range.
 */
export function readServeSettings(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): ServeSettings {
  refuseUnknown(flags, environment);
  const settings: Record<string, unknown> = {};
  for (const name of SERVE_SETTING_NAMES) {
    const flag = flags[name];
    const text = flag ?? environment[variableOf(name)];
    const result = SCHEMA.shape[name].safeParse(text);
    if (!result.success) throw refused(flag === undefined ? variableOf(name) : flagOf(name), text ?? '', result.error);
    settings[name] = typeof result.data === 'object' ? Object.freeze(result.data) : result.data;
  }
  return Object.freeze(settings) as ServeSettings;
}

function refuseUnknown(
  flags: Readonly<Record<string, string | undefined>>,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const names: readonly string[] = SERVE_SETTING_NAMES;
  const flag = Object.keys(flags).find((name) => flags[name] !== undefined && !names.includes(name));
  if (flag !== undefined)
    throw new StratalogError('INVALID_CONFIG', `there is no setting '${flag}'`, { field: flag, value: flags[flag] ?? null });
  const variables = new Set(SERVE_SETTING_NAMES.map(variableOf));
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(PREFIX) || variables.has(name) || OTHERS.has(name)) continue;
    throw new StratalogError('INVALID_CONFIG', `there is no variable ${name}; there are ${[...variables].join(', ')}`, { field: name });
  }
}

function refused(field: string, value: string, error: z.ZodError): StratalogError {
  const outer = error.issues[0] as z.core.$ZodIssue;
  const issue = outer.code === 'invalid_union' ? ((outer.errors.at(-1)?.[0] as z.core.$ZodIssue | undefined) ?? outer) : outer;
  const limit = 'maximum' in issue ? Number(issue.maximum) : 'minimum' in issue ? Number(issue.minimum) : undefined;
  return new StratalogError('INVALID_CONFIG', `${field} is '${value}': ${issue.message}`, {
    field,
    value,
    ...(limit === undefined ? {} : { limit }),
  });
}
