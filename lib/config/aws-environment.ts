/**
 * The words on which the deployed functions and the CDK construct agree: environment variables and metric names.
 * The construct writes them, the runtime reads them; both import them from here, so they cannot drift apart.
 */

/** Environment variables of every deployed function. */
export const AWS_VARIABLES = {
  /** Name of the DynamoDB table. */
  table: 'STRATALOG_TABLE',
  /** The zones in order of preference, see `formatZones`. */
  zones: 'STRATALOG_ZONES',
  /** What callers of this copy may do: `produce`, `consume` or `admin`. Absent means `admin`. */
  access: 'STRATALOG_ACCESS',
  /** The only topics callers of this copy may use, separated by commas. Absent means every topic. */
  topics: 'STRATALOG_TOPICS',
  /** The only groups callers of this copy may use, separated by commas. Absent means every group. */
  groups: 'STRATALOG_GROUPS',
  /** Kafka's `offsets.retention.minutes`. Absent means seven days. */
  offsetsRetention: 'STRATALOG_OFFSETS_RETENTION_MINUTES',
} as const;

/** One zone as the functions see it: an id that is stored in entries, and the bucket that holds its segments. */
export interface ZoneBucket {
  readonly id: string;
  readonly bucket: string;
}

/** The value of the zones variable: `id=bucket` pairs separated by commas. Neither part can hold `=` or a comma. */
export function formatZones(zones: readonly ZoneBucket[]): string {
  return zones.map((zone) => `${zone.id}=${zone.bucket}`).join(',');
}

/** Reads the zones variable; undefined when it names no zone, or one without an id or a bucket. */
export function parseZones(value: string): readonly ZoneBucket[] | undefined {
  const zones = value.split(',').map((pair) => {
    const [id = '', bucket = '', ...rest] = pair.split('=');
    return { id, bucket, whole: id !== '' && bucket !== '' && rest.length === 0 };
  });
  if (zones.some((zone) => !zone.whole)) return undefined;
  return zones.map(({ id, bucket }) => ({ id, bucket }));
}

/** The CloudWatch namespace of every metric the functions write in embedded metric format. */
export const METRIC_NAMESPACE = 'Stratalog';

/** Metrics that alarms and the dashboard read. Their one dimension is `service`, the value of POWERTOOLS_SERVICE_NAME. */
export const METRICS = {
  /** Age in seconds of the oldest work a job's run left behind; 0 when it did all there was. */
  backlogSeconds: 'BacklogSeconds',
  /** Partitions, segments or producers a job's run has dealt with. */
  itemsDone: 'ItemsDone',
  /** Partitions with an entry that is missing in a zone, as counted by replication. */
  underReplicated: 'UnderReplicatedPartitions',
  bytesIn: 'BytesIn',
  bytesOut: 'BytesOut',
} as const;
