import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { Schedule } from 'aws-cdk-lib/aws-events';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { FunctionUrlCorsOptions } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** The functions that answer callers. */
export const DOOR_FUNCTIONS = ['http', 'produce', 'fetch'] as const;

/** The functions that EventBridge rules start. */
export const JOB_FUNCTIONS = ['retention', 'compaction', 'replication', 'sweep'] as const;

export const FUNCTIONS = [...DOOR_FUNCTIONS, ...JOB_FUNCTIONS] as const;

export type DoorName = (typeof DOOR_FUNCTIONS)[number];
export type JobName = (typeof JOB_FUNCTIONS)[number];
export type FunctionName = (typeof FUNCTIONS)[number];

/** S3 moves no smaller objects, and bills them as if they had this size. */
const STORAGE_CLASS_BYTES_MIN = 128 * 1024;
/** S3 takes objects into STANDARD_IA after 30 days and charges for 30. */
const IA_DAYS_MIN = 30;

/** Entries keep the zones they were stored in as a small set, and three copies are what Kafka users know. */
export const ZONES_MAX = 3;

/**
 * The storage class of merged files by age and size. S3 moves them itself ($0.01 for 1,000 files; a file is up to 1 GiB);
 * reads work as before and cost $0.01 (STANDARD_IA) or $0.03 (GLACIER_IR) a GB. Segments as written and indexes stay in STANDARD.
 * With more than one zone replication reads every copy once in some weeks, which costs the same.
 */
export interface StorageClassProps {
  /** In the order in which a file goes through them. */
  readonly classes: readonly { readonly storageClass: 'INTELLIGENT_TIERING' | 'STANDARD_IA' | 'GLACIER_IR'; readonly afterDays: number }[];
  /** Smaller files stay: they are merged again, and S3 charges at least 128 KiB for each. At least that. @default 1 MiB */
  readonly minBytes?: number;
}

/**
 * Where segments are kept.
 *
 * - `regional`: general purpose buckets, which S3 itself spreads over availability zones. One is enough to survive the
 *   loss of a zone; two or three also survive the loss of a bucket, at as many PUTs per flush.
 * - `express`: S3 Express One Zone directory buckets, one in each named availability zone (zone *ids* such as
 *   `use1-az4`). Single-digit milliseconds a PUT; use two or three, since one loses data with its zone.
 */
export type ZoneProps =
  | {
      readonly kind: 'regional';
      /** 1 to 3. @default 1 */
      readonly count?: number;
      /** Cheaper storage for old data. @default everything stays in STANDARD */
      readonly storageClasses?: StorageClassProps;
    }
  | { readonly kind: 'express' /** 1 to 3 availability zone ids. */; readonly availabilityZoneIds: readonly string[] };

/** When each job runs; `false` leaves it to be invoked by hand. */
export type JobSchedules = { readonly [name in JobName]?: Schedule | false };

export interface AlarmProps {
  /** Told when an alarm begins and when it ends. @default no one: the alarms are to be seen in CloudWatch only */
  readonly topics?: readonly ITopic[];
  /** A job whose oldest undone work is older than this has fallen behind. @default 1 hour */
  readonly behindAfter?: Duration;
}

export interface FunctionUrlProps {
  /**
   * `iam`: callers sign with SigV4 and need `lambda:InvokeFunctionUrl`. `none`: anybody on the internet may call,
   * for use behind something else that checks. @default 'iam'
   */
  readonly auth?: 'iam' | 'none';
  readonly cors?: FunctionUrlCorsOptions;
}

/** An HTTP API in front of the `http` function, for callers with a token instead of AWS credentials. $1 a million requests. */
export interface HttpApiProps {
  /** The token's `iss`, an HTTPS address with a discovery document. */
  readonly jwtIssuer: string;
  /** A token must name one of these in `aud`. At least one. */
  readonly jwtAudience: readonly string[];
  /** Takes the place of the JWT authorizer, for example a Lambda authorizer. */
  readonly authorizer?: IHttpRouteAuthorizer;
  /** An own domain; its DNS record is the caller's to make. */
  readonly domain?: { readonly name: string; readonly certificate: ICertificate };
}

export interface VpcProps {
  readonly vpc: IVpc;
  /** @default private subnets */
  readonly subnets?: SubnetSelection;
  /** @default one new group that allows all outbound traffic */
  readonly securityGroups?: ISecurityGroup[];
  /**
   * Gateway endpoints for S3 and DynamoDB, which are free; without them the functions need a NAT gateway.
   * Set to false where the VPC has them already. @default true
   */
  readonly gatewayEndpoints?: boolean;
}

export interface StratalogProps {
  /** Prefix of metric service names and of the dashboard. @default the stack's name */
  readonly deploymentName?: string;
  /** @default one regional bucket */
  readonly zones?: ZoneProps;
  /**
   * What happens to the table and the buckets when the stack goes or a resource would be replaced. `DESTROY` also
   * empties the buckets first and turns deletion protection off. @default RETAIN for both
   */
  readonly removalPolicy?: { readonly table?: RemovalPolicy; readonly buckets?: RemovalPolicy };
  /** @default one month */
  readonly logRetention?: RetentionDays;
  /** Megabytes per function; 128 to 10240. CPU grows with it. @default see DEFAULT_MEMORY_MB */
  readonly memoryMb?: { readonly [name in FunctionName]?: number };
  /**
   * Environments set aside for a function, which is also its ceiling. Taken from the account's limit, of which AWS
   * keeps 100 unreserved, so small accounts cannot set any. @default none
   */
  readonly reservedConcurrency?: { readonly [name in FunctionName]?: number };
  /** @default see DEFAULT_SCHEDULE_MINUTES */
  readonly schedules?: JobSchedules;
  /**
   * How long the committed offsets of a group without members are kept, in whole minutes; Kafka's `offsets.retention.minutes`.
   * @default 7 days
   */
  readonly offsetsRetention?: Duration;
  /** Ten alarms at $0.10 a month each beyond the account's ten free ones; `false` leaves them out. */
  readonly alarms?: AlarmProps | false;
  /** A CloudWatch dashboard: the account's first three are free, then $3 a month each. @default true */
  readonly dashboard?: boolean;
  /** X-Ray traces, sampled by X-Ray's default rule. @default true */
  readonly tracing?: boolean;
  /** @default no VPC: the functions reach S3 and DynamoDB over AWS's network with IAM */
  readonly vpc?: VpcProps;
  /** Encrypts table, buckets, queues, logs and environments; the stack then needs a region in `env`. @default keys that AWS owns */
  readonly encryptionKey?: IKey;
  /** `false` leaves the URL out, for stacks that use direct invocation alone. @default IAM */
  readonly functionUrl?: FunctionUrlProps | false;
  /** @default none */
  readonly httpApi?: HttpApiProps;
  /** Folder with one bundle per function. @default the one built with this package */
  readonly bundleFolder?: string;
}

/** 1769 MB is one whole CPU; merge holds slices of time in memory. */
export const DEFAULT_MEMORY_MB: Readonly<Record<FunctionName, number>> = {
  http: 1024,
  produce: 1024,
  fetch: 1024,
  retention: 512,
  compaction: 1769,
  replication: 1024,
  sweep: 512,
};

/** API Gateway gives up after 30 s; a job's runs are bounded and resumed, five minutes hold one with room to spare. */
export const TIMEOUT_SECONDS: Readonly<Record<FunctionName, number>> = {
  http: 29,
  produce: 29,
  fetch: 29,
  retention: 300,
  compaction: 600,
  replication: 300,
  sweep: 300,
};

/** Merge begins at ten minutes of segments, sweep looks at segments older than an hour. */
export const DEFAULT_SCHEDULE_MINUTES: Readonly<Record<JobName, number>> = {
  retention: 15,
  compaction: 5,
  replication: 5,
  sweep: 60,
};

/** The zones that were asked for, checked. */
export function zonesOf(props: ZoneProps | undefined): ZoneProps & { readonly count: number } {
  const zones = props ?? { kind: 'regional' };
  const count = zones.kind === 'regional' ? (zones.count ?? 1) : zones.availabilityZoneIds.length;
  if (!Number.isInteger(count) || count < 1 || count > ZONES_MAX) {
    throw new Error(`zones: ${count} zones were asked for; 1 to ${ZONES_MAX} are possible`);
  }
  if (zones.kind === 'express') checkZoneIds(zones.availabilityZoneIds);
  return { ...zones, count };
}

/** S3's own rules (`PutBucketLifecycleConfiguration`), checked before anything is deployed. */
export function checkStorageClasses({ classes, minBytes = STORAGE_CLASS_BYTES_MIN }: StorageClassProps): void {
  if (minBytes < STORAGE_CLASS_BYTES_MIN) throw new Error(`storageClasses.minBytes: ${minBytes} is below ${STORAGE_CLASS_BYTES_MIN}`);
  for (const [i, { storageClass, afterDays }] of classes.entries()) {
    const before = classes[i - 1];
    const least = storageClass === 'STANDARD_IA' ? IA_DAYS_MIN : 0;
    // From one class to the next a file must have paid for the first one's shortest stay.
    const earliest = Math.max(
      least,
      before === undefined ? 0 : before.afterDays + (before.storageClass === 'STANDARD_IA' ? IA_DAYS_MIN : 1),
    );
    if (!Number.isInteger(afterDays) || afterDays < earliest) {
      throw new Error(`storageClasses: ${storageClass} after ${afterDays} days, it must be at least ${earliest}`);
    }
    if (classes.findIndex((other) => other.storageClass === storageClass) !== i)
      throw new Error(`storageClasses: ${storageClass} comes twice`);
  }
}

function checkZoneIds(ids: readonly string[]): void {
  for (const id of ids) {
    if (!/^[a-z]{3,4}\d+-az\d+$/.test(id)) {
      throw new Error(`zones.availabilityZoneIds: '${id}' is not a zone id such as use1-az4 (names such as us-east-1a differ per account)`);
    }
  }
  if (new Set(ids).size !== ids.length) throw new Error(`zones.availabilityZoneIds: ${ids.join(', ')} names a zone twice`);
}
