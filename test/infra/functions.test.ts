import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MEMORY_MB, FUNCTIONS, type FunctionName, JOB_FUNCTIONS } from '../../lib/infra/props.ts';
import { type Resource, type Synthesis, synthesise } from './synthesis.ts';

/** The functions of ours by their short names; a template also holds CDK's own. */
function functionsOf({ resources }: Synthesis): Readonly<Record<FunctionName, Resource>> {
  const all = Object.values(resources('AWS::Lambda::Function'));
  return Object.fromEntries(
    FUNCTIONS.map((name) => [name, all.find(({ Properties }) => Properties.Description === `Stratalog ${name}`)]),
  ) as Record<FunctionName, Resource>;
}

describe('functions', () => {
  it('run their own bundle on Node 24 and arm64 with traces, JSON logs and the default memory', () => {
    const functions = functionsOf(synthesise());
    for (const name of FUNCTIONS) {
      expect(functions[name].Properties, name).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: DEFAULT_MEMORY_MB[name],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogFormat: 'JSON' },
      });
      expect(functions[name].Properties.Environment.Variables).toMatchObject({
        POWERTOOLS_SERVICE_NAME: `Log-${name}`,
        POWERTOOLS_METRICS_NAMESPACE: 'Stratalog',
        STRATALOG_TABLE: { Ref: 'StratalogTableEDE21EFB' },
      });
    }
    const code = FUNCTIONS.map((name) => JSON.stringify(functions[name].Properties.Code));
    expect(new Set(code).size).toBe(FUNCTIONS.length);
  });

  it('take memory, reserved concurrency and log retention per deployment, and do without traces', () => {
    const synthesis = synthesise({
      memoryMb: { produce: 1769 },
      reservedConcurrency: { produce: 50 },
      logRetention: RetentionDays.ONE_WEEK,
      tracing: false,
    });
    const { produce, fetch } = functionsOf(synthesis);
    expect(produce.Properties).toMatchObject({ MemorySize: 1769, ReservedConcurrentExecutions: 50 });
    expect(fetch.Properties.ReservedConcurrentExecutions).toBeUndefined();
    expect(produce.Properties.TracingConfig).toBeUndefined();
    for (const log of Object.values(synthesis.resources('AWS::Logs::LogGroup'))) {
      expect(log.Properties.RetentionInDays).toBe(7);
    }
    expect(JSON.stringify(synthesis.resources('AWS::IAM::Policy'))).not.toContain('xray');
  });

  it('are told how long offsets of groups are kept, where that is asked for', () => {
    const { retention } = functionsOf(synthesise({ offsetsRetention: Duration.days(30) }));
    expect(retention.Properties.Environment.Variables).toMatchObject({ STRATALOG_OFFSETS_RETENTION_MINUTES: '43200' });
    expect(() => synthesise({ offsetsRetention: Duration.seconds(59) })).toThrow(/offsetsRetention: 59000 ms; at least one minute/);
  });

  it('say which bundle is missing and how to build it', () => {
    expect(() => synthesise({ bundleFolder: '/nowhere' })).toThrow(/bundleFolder: \/nowhere\/http .*npm run build:functions/);
  });

  it('work inside a VPC with free gateway endpoints', () => {
    const { resources, stack } = synthesise((own) => ({
      vpc: { vpc: new Vpc(own, 'Vpc', { maxAzs: 2 }) as IVpc, subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS } },
    }));
    for (const { Properties } of Object.values(functionsOf({ resources, stack } as Synthesis))) {
      expect(Properties.VpcConfig.SubnetIds).toHaveLength(2);
    }
    const policies = JSON.stringify(resources('AWS::IAM::Policy'));
    expect(policies).toContain('ec2:CreateNetworkInterface');
  });
});

describe('doors', () => {
  it('are one function URL that takes signed requests only', () => {
    const { resources } = synthesise();
    const urls = Object.values(resources('AWS::Lambda::Url'));
    expect(urls.map(({ Properties }) => Properties.AuthType)).toEqual(['AWS_IAM']);
    expect(resources('AWS::ApiGatewayV2::Api')).toEqual({});
    const open = Object.values(resources('AWS::Lambda::Permission')).filter(({ Properties }) => Properties.Principal === '*');
    expect(open).toEqual([]);
  });

  it('can be an open URL, or none', () => {
    const open = synthesise({ functionUrl: { auth: 'none' } }).resources('AWS::Lambda::Url');
    expect(Object.values(open).map(({ Properties }) => Properties.AuthType)).toEqual(['NONE']);
    expect(synthesise({ functionUrl: false }).resources('AWS::Lambda::Url')).toEqual({});
  });

  it('can be an HTTP API that checks a token on every route and logs access', () => {
    const { resources, template } = synthesise({ httpApi: { jwtIssuer: 'https://issuer.example', jwtAudience: ['log'] } });
    expect(Object.values(resources('AWS::ApiGatewayV2::Authorizer'))[0]?.Properties).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['log'] },
    });
    const routes = Object.values(resources('AWS::ApiGatewayV2::Route'));
    expect(routes.length).toBeGreaterThan(0);
    for (const { Properties } of routes) expect(Properties.AuthorizationType).toBe('JWT');
    for (const { Properties } of Object.values(resources('AWS::ApiGatewayV2::Stage'))) {
      expect(Properties.AccessLogSettings.DestinationArn).toBeDefined();
    }
    template.hasOutput('HttpApiUrl', {});
  });

  it('can have a domain of their own, and need an audience', () => {
    const httpApi = { jwtIssuer: 'https://issuer.example', jwtAudience: ['log'] };
    const { resources } = synthesise((own) => ({
      httpApi: {
        ...httpApi,
        domain: {
          name: 'log.example.com',
          certificate: Certificate.fromCertificateArn(own, 'Cert', 'arn:aws:acm:us-east-1:111122223333:certificate/1'),
        },
      },
    }));
    expect(Object.values(resources('AWS::ApiGatewayV2::DomainName'))[0]?.Properties.DomainName).toBe('log.example.com');
    expect(() => synthesise({ httpApi: { ...httpApi, jwtAudience: [] } })).toThrow(/httpApi\.jwtAudience: 0 entries/);
  });
});

describe('scheduled jobs', () => {
  it('are started by rules, replication only where there is a second zone', () => {
    const rates = (count: number): string[] =>
      Object.values(synthesise({ zones: { kind: 'regional', count } }).resources('AWS::Events::Rule'))
        .map(({ Properties }) => `${Properties.Description} ${Properties.ScheduleExpression}`)
        .sort();
    const always = [
      "Starts Stratalog's compaction on all partitions rate(1 day)",
      "Starts Stratalog's compaction rate(5 minutes)",
      "Starts Stratalog's retention rate(15 minutes)",
      "Starts Stratalog's sweep rate(1 hour)",
    ];
    expect(rates(1)).toEqual(always);
    expect(rates(2)).toEqual([...always, "Starts Stratalog's replication rate(5 minutes)"].sort());
  });

  it('take other schedules, or none', () => {
    const { resources } = synthesise({
      schedules: { sweep: Schedule.rate(Duration.hours(6)), retention: false, compaction: false },
    });
    const rules = Object.values(resources('AWS::Events::Rule'));
    expect(rules.map(({ Properties }) => Properties.ScheduleExpression)).toEqual(['rate(6 hours)']);
  });

  it('keep failed events in a queue of their own, for the rule and for the function', () => {
    const synthesis = synthesise({ zones: { kind: 'regional', count: 2 } });
    const queues = Object.keys(synthesis.resources('AWS::SQS::Queue'));
    expect(queues).toHaveLength(JOB_FUNCTIONS.length);
    const functions = functionsOf(synthesis);
    for (const name of JOB_FUNCTIONS) {
      const target = functions[name].Properties.DeadLetterConfig.TargetArn['Fn::GetAtt'][0];
      expect(queues).toContain(target);
      const rule = Object.values(synthesis.resources('AWS::Events::Rule')).find(({ Properties }) => Properties.Description.endsWith(name));
      expect(rule?.Properties.Targets[0].DeadLetterConfig.Arn['Fn::GetAtt'][0]).toBe(target);
    }
    expect(Object.keys(synthesis.resources('AWS::SQS::QueuePolicy'))).toHaveLength(JOB_FUNCTIONS.length);
  });
});

describe('alarms and dashboard', () => {
  it('ring when a run failed for good, when a job falls behind or does not run, and when a door fails', () => {
    const { resources } = synthesise((own) => ({ alarms: { topics: [new Topic(own, 'Topic')], behindAfter: Duration.minutes(30) } }));
    const alarms = Object.values(resources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
    const behind = alarms.filter((alarm) => alarm.MetricName === 'BacklogSeconds');
    expect(behind).toHaveLength(3);
    for (const alarm of behind) {
      expect(alarm).toMatchObject({ Namespace: 'Stratalog', Threshold: 1800, TreatMissingData: 'breaching', EvaluationPeriods: 2 });
    }
    expect(behind.map((alarm) => alarm.Dimensions)).toContainEqual([{ Name: 'service', Value: 'Log-sweep' }]);
    expect(alarms.filter((alarm) => alarm.MetricName === 'ApproximateNumberOfMessagesVisible')).toHaveLength(4);
    expect(alarms.filter((alarm) => alarm.MetricName === 'Errors')).toHaveLength(3);
    // The account's free alarms hold all of a one-zone deployment.
    expect(alarms).toHaveLength(10);
    for (const alarm of alarms) {
      expect(alarm.AlarmActions).toHaveLength(1);
      expect(alarm.OKActions).toHaveLength(1);
      expect(alarm.ComparisonOperator).toBe('GreaterThanThreshold');
    }
  });

  it('can be left out', () => {
    const { resources } = synthesise({ alarms: false, dashboard: false });
    expect(resources('AWS::CloudWatch::Alarm')).toEqual({});
    expect(resources('AWS::CloudWatch::Dashboard')).toEqual({});
  });

  it('show every function and the table on one page', () => {
    const dashboards = Object.values(synthesise().resources('AWS::CloudWatch::Dashboard'));
    expect(dashboards).toHaveLength(1);
    const body = JSON.stringify(dashboards[0]?.Properties.DashboardBody);
    for (const word of [
      'BytesIn',
      'BytesOut',
      'BacklogSeconds',
      'ConsumedWriteCapacityUnits',
      'p99',
      'http',
      'produce',
      'fetch',
      ...JOB_FUNCTIONS,
    ]) {
      expect(body).toContain(word);
    }
  });
});

describe('the stack', () => {
  it('puts out the URL, every function name, the table and the buckets', () => {
    const outputs = Object.keys(synthesise().template.findOutputs('*'));
    expect(outputs.filter((name) => !name.startsWith('Export')).sort()).toEqual([
      'BucketNames',
      'CompactionFunctionName',
      'FetchFunctionName',
      'HttpFunctionName',
      'ProduceFunctionName',
      'ReplicationFunctionName',
      'RetentionFunctionName',
      'SweepFunctionName',
      'TableName',
      'Url',
    ]);
  });

  it('retains nothing but data: with DESTROY no resource stays', () => {
    const { template } = synthesise({ removalPolicy: { table: RemovalPolicy.DESTROY, buckets: RemovalPolicy.DESTROY } });
    const kept = Object.entries(template.toJSON().Resources as Record<string, Resource>).filter(
      ([, { DeletionPolicy }]) => DeletionPolicy === 'Retain',
    );
    expect(kept).toEqual([]);
  });
});
