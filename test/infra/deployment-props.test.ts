import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { parseDeployment } from '../../lib/config/deployment.ts';
import { deploymentProps } from '../../lib/infra/deployment-props.ts';

describe('the props of a deployment described by settings', () => {
  it('retain data and have one regional zone by default', () => {
    expect(deploymentProps(parseDeployment({}))).toEqual({
      deploymentName: 'Stratalog',
      zones: { kind: 'regional', count: 1 },
      removalPolicy: { table: RemovalPolicy.RETAIN, buckets: RemovalPolicy.RETAIN },
      functionUrl: { auth: 'iam' },
      dashboard: true,
      tracing: true,
    });
  });

  it('carry every setting over', () => {
    const context = {
      stackName: 'Orders',
      expressZones: 'use1-az4,use1-az5',
      removal: 'destroy',
      logRetentionDays: '7',
      doorMemoryMb: '1769',
      doorConcurrency: '20',
      jwtIssuer: 'https://issuer.example',
      jwtAudience: 'log',
      alarms: 'false',
      scheduleMinutes: 'compaction=1,retention=30,sweep=0',
      offsetsRetentionMinutes: '60',
    };
    const settings = Object.fromEntries(Object.entries(context).map(([name, value]) => [`stratalog:${name}`, value]));
    expect(deploymentProps(parseDeployment(settings))).toMatchObject({
      deploymentName: 'Orders',
      zones: { kind: 'express', availabilityZoneIds: ['use1-az4', 'use1-az5'] },
      removalPolicy: { table: RemovalPolicy.DESTROY, buckets: RemovalPolicy.DESTROY },
      logRetention: RetentionDays.ONE_WEEK,
      memoryMb: { http: 1769, produce: 1769, fetch: 1769 },
      reservedConcurrency: { http: 20, produce: 20, fetch: 20 },
      httpApi: { jwtIssuer: 'https://issuer.example', jwtAudience: ['log'] },
      alarms: false,
    });
    const { schedules, offsetsRetention } = deploymentProps(parseDeployment(settings));
    expect(offsetsRetention?.toMinutes()).toBe(60);
    expect(schedules?.compaction).toMatchObject({ expressionString: 'rate(1 minute)' });
    expect(schedules?.retention).toMatchObject({ expressionString: 'rate(30 minutes)' });
    expect(schedules?.sweep).toBe(false);
  });

  it('carry storage classes over to regional buckets', () => {
    const settings = { 'stratalog:storageClasses': 'STANDARD_IA=30,GLACIER_IR=90', 'stratalog:storageClassMinBytes': '200000' };
    expect(deploymentProps(parseDeployment(settings)).zones).toEqual({
      kind: 'regional',
      count: 1,
      storageClasses: {
        classes: [
          { storageClass: 'STANDARD_IA', afterDays: 30 },
          { storageClass: 'GLACIER_IR', afterDays: 90 },
        ],
        minBytes: 200_000,
      },
    });
  });

  it('name the periods that logs can be kept', () => {
    const settings = parseDeployment({ 'stratalog:logRetentionDays': '8' });
    expect(() => deploymentProps(settings)).toThrow(/logRetentionDays: 8 is not a period.*1, 3, 5, 7, 14/);
  });
});
