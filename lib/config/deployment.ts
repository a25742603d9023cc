import { z } from 'zod';
import { StratalogError } from '../core/errors.ts';

/** The functions that rules start. */
const JOBS = ['retention', 'compaction', 'replication', 'sweep'] as const;

/** S3's classes that answer a read at once. The archives that have to be asked first are no place for a log. */
const STORAGE_CLASSES = ['INTELLIGENT_TIERING', 'STANDARD_IA', 'GLACIER_IR'] as const;

/** CDK context keys of ours begin with this; AWS's own begin with `@aws-cdk/` or name an account. */
const PREFIX = 'stratalog:';

/** A day: an alarm cannot look back further for a job that stands still. */
const MINUTES_MAX = 1440;
const MINUTES_IN_TEN_YEARS = 10 * 365 * 24 * 60;

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const wholeNumber = z.coerce.number().int();
const list = z
  .string()
  .transform((value) => value.split(',').map((part) => part.trim()))
  .refine((parts) => parts.every((part) => part !== ''), 'an empty entry in a list separated by commas');

/** `compaction=1,sweep=0` as an object. */
const jobMinutes = list.transform((pairs, context) => {
  const minutes: Partial<Record<(typeof JOBS)[number], number>> = {};
  for (const pair of pairs) {
    const [, name = '', number = ''] = /^([a-z]+)=(\d{1,5})$/.exec(pair) ?? [];
    const job = JOBS.find((one) => one === name);
    if (job === undefined || Number(number) > MINUTES_MAX) {
      context.addIssue({
        code: 'custom',
        message: `'${pair}' is not like compaction=5 with a job of ${JOBS.join(', ')} and 0 to ${MINUTES_MAX} minutes`,
      });
      return z.NEVER;
    }
    minutes[job] = Number(number);
  }
  return minutes;
});

/** `STANDARD_IA=30,GLACIER_IR=90` as classes with their days. */
const classDays = list.transform((pairs, context) =>
  pairs.map((pair) => {
    const [, name = '', days = ''] = /^([A-Z_]+)=(\d{1,5})$/.exec(pair) ?? [];
    const storageClass = STORAGE_CLASSES.find((one) => one === name);
    if (storageClass !== undefined) return { storageClass, afterDays: Number(days) };
    context.addIssue({ code: 'custom', message: `'${pair}' is not like STANDARD_IA=30 with a class of ${STORAGE_CLASSES.join(', ')}` });
    return z.NEVER;
  }),
);

const schema = z.strictObject({
  /** Name of the CloudFormation stack. Another name is another deployment. */
  stackName: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, 'letters, digits and dashes, a letter first, at most 100')
    .default('Stratalog'),
  /** Number of regional buckets. Each further one adds a PUT to every flush. */
  zones: wholeNumber.min(1).max(3).optional(),
  /** Availability zone ids for S3 Express One Zone directory buckets, in place of `zones`. */
  expressZones: list.optional(),
  /** Storage classes of merged files by age in days, such as `STANDARD_IA=30,GLACIER_IR=90`; for regional buckets. */
  storageClasses: classDays.optional(),
  /** Merged files below this many bytes stay in STANDARD. */
  storageClassMinBytes: wholeNumber.min(131_072).optional(),
  /** `destroy` deletes table, buckets and all records with the stack; `retain` leaves them. */
  removal: z.enum(['retain', 'destroy']).default('retain'),
  /** One of the periods CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90 ... days. */
  logRetentionDays: wholeNumber.min(1).max(3653).optional(),
  /** Memory of the three functions that answer callers, megabytes. CPU grows with it: 1769 is one whole CPU. */
  doorMemoryMb: wholeNumber.min(128).max(10_240).optional(),
  /** Environments set aside for `http`, `produce` and `fetch` each, which is also their ceiling. */
  doorConcurrency: wholeNumber.min(1).max(1000).optional(),
  /** `none` opens the function URL to the internet. */
  functionUrlAuth: z.enum(['iam', 'none']).default('iam'),
  /** With `jwtAudience`, adds an HTTP API that takes tokens of this issuer. */
  jwtIssuer: z.url({ protocol: /^https$/ }).optional(),
  jwtAudience: list.optional(),
  /** Minutes between two runs of a job, such as `compaction=1,sweep=30`; 0: by hand only. Jobs not named keep their default. */
  scheduleMinutes: jobMinutes.optional(),
  /** Minutes that committed offsets of a group without members are kept, Kafka's `offsets.retention.minutes`. */
  offsetsRetentionMinutes: wholeNumber.min(1).max(MINUTES_IN_TEN_YEARS).optional(),
  alarms: flag.default(true),
  dashboard: flag.default(true),
  tracing: flag.default(true),
});

/** What `bin/app.ts` deploys, from the CDK context (`cdk.json` or `-c stratalog:zones=2`). */
export type Deployment = Readonly<z.output<typeof schema>>;

/** Reads our keys out of the CDK context. An unknown one of ours, or a value out of range, is refused by name. */
export function parseDeployment(context: Readonly<Record<string, unknown>>): Deployment {
  const own = Object.entries(context).filter(([key]) => key.startsWith(PREFIX));
  // Values come as strings from the command line and as anything from cdk.json.
  const values = Object.fromEntries(own.map(([key, value]) => [key.slice(PREFIX.length), asText(value)]));
  const parsed = schema.safeParse(values);
  if (!parsed.success) throw invalid(parsed.error.issues, values);
  const { zones, expressZones, jwtIssuer, jwtAudience } = parsed.data;
  if (zones !== undefined && expressZones !== undefined) {
    throw new StratalogError('INVALID_CONFIG', `${PREFIX}zones and ${PREFIX}expressZones exclude each other`);
  }
  if (parsed.data.storageClasses !== undefined && expressZones !== undefined) {
    throw new StratalogError('INVALID_CONFIG', `${PREFIX}storageClasses is for regional buckets: directory buckets have one class`);
  }
  if ((jwtIssuer === undefined) !== (jwtAudience === undefined)) {
    throw new StratalogError('INVALID_CONFIG', `${PREFIX}jwtIssuer and ${PREFIX}jwtAudience need each other`);
  }
  return Object.freeze(parsed.data);
}

function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function invalid(issues: readonly z.core.$ZodIssue[], values: Readonly<Record<string, unknown>>): StratalogError {
  const lines = issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') return `${issue.keys.map((key) => PREFIX + key).join(', ')}: not a setting`;
    const name = String(issue.path[0]);
    return `${PREFIX}${name} is ${JSON.stringify(values[name])}: ${issue.message}`;
  });
  return new StratalogError('INVALID_CONFIG', lines.join('; '));
}
