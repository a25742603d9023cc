import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AWS_VARIABLES, formatZones, METRIC_NAMESPACE } from '../config/aws-environment.ts';
import { BUNDLE_HANDLER, bundleOf, defaultBundleFolder } from './bundles.ts';
import { acknowledge, roleExceptions } from './nag-exceptions.ts';
import { FUNCTION_PERMISSIONS, grantPermissions, objectArnsOf, type Stores } from './permissions.ts';
import { DEFAULT_MEMORY_MB, type FunctionName, type StratalogProps, TIMEOUT_SECONDS, type VpcProps } from './props.ts';

const MINUTE_MS = 60_000;

export interface StratalogFunctionProps {
  readonly name: FunctionName;
  /** Metrics and log lines carry `<deploymentName>-<name>` as their service. */
  readonly deploymentName: string;
  readonly settings: StratalogProps;
  readonly stores: Stores;
  /** Beyond the variables every function has. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where an event goes that failed every asynchronous attempt. */
  readonly deadLetterQueue?: IQueue;
}

/** One function from its bundle, with its own role, log group and nothing it does not need. */
export class StratalogFunction extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: LogGroup;
  readonly role: Role;
  /** The value of the metrics' `service` dimension. */
  readonly service: string;

  constructor(scope: Construct, id: string, props: StratalogFunctionProps) {
    super(scope, id);
    const { name, settings, stores } = props;
    this.service = `${props.deploymentName}-${name}`;
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup = createLogGroup(this, settings.logRetention, stores.encryptionKey);
    this.logGroup.grantWrite(this.role);
    grantPermissions(this.role, FUNCTION_PERMISSIONS[name], stores);
    if (settings.vpc) allowNetworkInterfaces(this.role);
    const wildcardResource = settings.tracing !== false || settings.vpc !== undefined;
    const objectArns = objectArnsOf(FUNCTION_PERMISSIONS[name], stores.zones);
    acknowledge(this.role, roleExceptions(Stack.of(this), { objectArns, wildcardResource, encrypted: stores.encryptionKey !== undefined }));
    const reserved = settings.reservedConcurrency?.[name];
    this.function = new LambdaFunction(this, 'Function', {
      description: `Stratalog ${name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: BUNDLE_HANDLER,
      code: Code.fromAsset(bundleOf(name, settings.bundleFolder ?? defaultBundleFolder())),
      role: this.role,
      memorySize: settings.memoryMb?.[name] ?? DEFAULT_MEMORY_MB[name],
      timeout: Duration.seconds(TIMEOUT_SECONDS[name]),
      tracing: settings.tracing === false ? Tracing.DISABLED : Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      logGroup: this.logGroup,
      environment: { ...commonEnvironment(this.service, stores), ...groupEnvironment(settings), ...props.environment },
      ...(reserved !== undefined && { reservedConcurrentExecutions: reserved }),
      ...(stores.encryptionKey && { environmentEncryption: stores.encryptionKey }),
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
      ...(settings.vpc && networkOf(settings.vpc)),
    });
  }
}

function commonEnvironment(service: string, stores: Stores): Record<string, string> {
  return {
    [AWS_VARIABLES.table]: stores.table.tableName,
    [AWS_VARIABLES.zones]: formatZones(stores.zones.map((zone) => ({ id: zone.id, bucket: zone.bucketName }))),
    POWERTOOLS_SERVICE_NAME: service,
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
  };
}

function groupEnvironment({ offsetsRetention }: StratalogProps): Record<string, string> {
  if (offsetsRetention === undefined) return {};
  if (offsetsRetention.toMilliseconds() < MINUTE_MS) {
    throw new Error(`offsetsRetention: ${offsetsRetention.toMilliseconds()} ms; at least one minute is possible`);
  }
  return { [AWS_VARIABLES.offsetsRetention]: String(offsetsRetention.toMinutes()) };
}

function createLogGroup(scope: Construct, retention: RetentionDays | undefined, key: IKey | undefined): LogGroup {
  return new LogGroup(scope, 'Logs', {
    retention: retention ?? RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key && { encryptionKey: key }),
  });
}

function networkOf(props: VpcProps): object {
  return {
    vpc: props.vpc,
    vpcSubnets: props.subnets ?? { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
    ...(props.securityGroups && { securityGroups: props.securityGroups }),
  };
}

/** Lambda makes the network interfaces with the function's role; these actions know no resource. */
function allowNetworkInterfaces(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
}
