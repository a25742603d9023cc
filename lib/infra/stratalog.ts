import { Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { GatewayVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { type IGrantable, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { FunctionUrl } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AccessPoint, type AccessScope, accessPointId } from './access.ts';
import { StratalogAlarms } from './alarms.ts';
import { createDashboard } from './dashboard.ts';
import { addFunctionUrl, HttpDoor } from './doors.ts';
import { StratalogFunction } from './functions.ts';
import { ScheduledJob } from './jobs.ts';
import { createMetadataTable } from './metadata-table.ts';
import { DIRECT_PERMISSIONS, grantPermissions, type Stores } from './permissions.ts';
import { DOOR_FUNCTIONS, type DoorName, FUNCTIONS, type FunctionName, JOB_FUNCTIONS, type JobName, type StratalogProps } from './props.ts';
import { createZones, type Zone } from './zones.ts';

/**
 * Stratalog in a stack: buckets, table, functions, jobs, alarms, a dashboard. Nothing in it runs while nobody calls
 * but the scheduled jobs, which cost a few cents a month on an idle deployment.
 *
 * @example
 * const log = new Stratalog(this, 'Log');
 * log.grantProduce(orderService, { topic: 'orders' });
 */
export class Stratalog extends Construct {
  readonly table: TableV2;
  /** In the order in which writers prefer them. */
  readonly zones: readonly Zone[];
  readonly functions: Readonly<Record<FunctionName, StratalogFunction>>;
  readonly jobs: Readonly<Record<JobName, ScheduledJob>>;
  /** Undefined when `functionUrl` is false. */
  readonly functionUrl: FunctionUrl | undefined;
  /** Undefined without `httpApi`. */
  readonly httpApi: HttpDoor | undefined;
  readonly alarms: StratalogAlarms | undefined;
  private readonly stores: Stores;
  private readonly settings: StratalogProps;
  private readonly deploymentName: string;
  private readonly accessPoints = new Map<string, AccessPoint>();

  constructor(scope: Construct, id: string, props: StratalogProps = {}) {
    super(scope, id);
    this.settings = props;
    this.deploymentName = props.deploymentName ?? Stack.of(this).stackName;
    const { encryptionKey, removalPolicy } = props;
    encryptionKey?.grantEncryptDecrypt(new ServicePrincipal(`logs.${Stack.of(this).region}.amazonaws.com`));
    this.table = createMetadataTable(this, { removalPolicy: removalPolicy?.table, encryptionKey });
    this.zones = createZones(this, { zones: props.zones, removalPolicy: removalPolicy?.buckets, encryptionKey });
    this.stores = { table: this.table, zones: this.zones, encryptionKey };
    if (props.vpc && props.vpc.gatewayEndpoints !== false) {
      props.vpc.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
      props.vpc.vpc.addGatewayEndpoint('DynamoDB', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    }
    const doors = this.createDoors();
    this.jobs = this.createJobs();
    this.functions = { ...doors, ...mapJobs(this.jobs) };
    const { function: http } = doors.http;
    this.functionUrl = props.functionUrl === false ? undefined : addFunctionUrl(http, props.functionUrl ?? {});
    this.httpApi =
      props.httpApi &&
      new HttpDoor(this, 'HttpApi', {
        ...props.httpApi,
        handler: http,
        logRetention: props.logRetention,
        encryptionKey,
      });
    this.alarms = this.createAlarms();
    if (props.dashboard !== false) {
      createDashboard(this, { ...this.observed(), deploymentName: this.deploymentName, table: this.table });
    }
  }

  /**
   * Lets the grantee append records, by signed HTTP request or by direct invocation. Returns the doors it has to use:
   * with a topic, or without, these are copies of the functions that refuse everything else.
   */
  grantProduce(grantee: IGrantable, scope: { readonly topic?: string } = {}): AccessPoint {
    return this.grantAccess(grantee, { kind: 'produce', ...scope });
  }

  /** Lets the grantee read records and, with a group, commit offsets. See `grantProduce` for what is returned. */
  grantConsume(grantee: IGrantable, scope: { readonly topic?: string; readonly group?: string } = {}): AccessPoint {
    return this.grantAccess(grantee, { kind: 'consume', ...scope });
  }

  /** Lets the grantee do everything callers can do, through every door. */
  grantAdmin(grantee: IGrantable): void {
    this.functionUrl?.grantInvokeUrl(grantee);
    for (const name of FUNCTIONS) this.functions[name].function.grantInvokeLatestVersion(grantee);
  }

  /**
   * Lets the grantee use table and buckets itself, for the SDK's direct transport. Segments hold batches of many
   * topics, so this cannot be narrowed to one: whoever produces or consumes directly is trusted with all of them.
   */
  grantDirect(grantee: IGrantable, access: keyof typeof DIRECT_PERMISSIONS): void {
    grantPermissions(grantee, DIRECT_PERMISSIONS[access], this.stores);
  }

  private grantAccess(grantee: IGrantable, scope: AccessScope): AccessPoint {
    const id = accessPointId(scope);
    const point = this.accessPoints.get(id) ?? new AccessPoint(this, id, scope, this.shared());
    this.accessPoints.set(id, point);
    point.grant(grantee);
    return point;
  }

  private shared(): { deploymentName: string; settings: StratalogProps; stores: Stores } {
    return { deploymentName: this.deploymentName, settings: this.settings, stores: this.stores };
  }

  private createDoors(): Record<DoorName, StratalogFunction> {
    return fromNames(DOOR_FUNCTIONS, (name) => new StratalogFunction(this, name, { ...this.shared(), name }));
  }

  private createJobs(): Record<JobName, ScheduledJob> {
    return fromNames(JOB_FUNCTIONS, (name) => new ScheduledJob(this, name, { ...this.shared(), name }));
  }

  private createAlarms(): StratalogAlarms | undefined {
    if (this.settings.alarms === false) return undefined;
    return new StratalogAlarms(this, 'Alarms', { ...this.settings.alarms, ...this.observed() });
  }

  private observed(): { doors: StratalogFunction[]; jobs: ScheduledJob[] } {
    return {
      doors: DOOR_FUNCTIONS.map((name) => this.functions[name]),
      jobs: JOB_FUNCTIONS.map((name) => this.jobs[name]),
    };
  }
}

function fromNames<K extends string, V>(names: readonly K[], make: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<K, V>;
}

function mapJobs(jobs: Readonly<Record<JobName, ScheduledJob>>): Record<JobName, StratalogFunction> {
  return fromNames(JOB_FUNCTIONS, (name) => jobs[name].handler);
}
