import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Deployment } from '../config/deployment.ts';
import type { JobSchedules, StorageClassProps, StratalogProps } from './props.ts';

/** The construct's props for a deployment that was described by the CDK context. */
export function deploymentProps(deployment: Deployment): StratalogProps {
  const removalPolicy = deployment.removal === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
  const { logRetentionDays, doorMemoryMb, doorConcurrency, jwtIssuer, jwtAudience, scheduleMinutes, offsetsRetentionMinutes } = deployment;
  return {
    deploymentName: deployment.stackName,
    zones: deployment.expressZones
      ? { kind: 'express', availabilityZoneIds: deployment.expressZones }
      : { kind: 'regional', count: deployment.zones ?? 1, ...storageClassesOf(deployment) },
    removalPolicy: { table: removalPolicy, buckets: removalPolicy },
    functionUrl: { auth: deployment.functionUrlAuth },
    dashboard: deployment.dashboard,
    tracing: deployment.tracing,
    ...(logRetentionDays !== undefined && { logRetention: retentionDays(logRetentionDays) }),
    ...(doorMemoryMb !== undefined && { memoryMb: forDoors(doorMemoryMb) }),
    ...(doorConcurrency !== undefined && { reservedConcurrency: forDoors(doorConcurrency) }),
    ...(jwtIssuer !== undefined && jwtAudience !== undefined && { httpApi: { jwtIssuer, jwtAudience } }),
    ...(scheduleMinutes !== undefined && { schedules: schedulesOf(scheduleMinutes) }),
    ...(offsetsRetentionMinutes !== undefined && { offsetsRetention: Duration.minutes(offsetsRetentionMinutes) }),
    ...(!deployment.alarms && { alarms: false as const }),
  };
}

function storageClassesOf({ storageClasses, storageClassMinBytes }: Deployment): { storageClasses?: StorageClassProps } {
  if (storageClasses === undefined) return {};
  return { storageClasses: { classes: storageClasses, ...(storageClassMinBytes !== undefined && { minBytes: storageClassMinBytes }) } };
}

function schedulesOf(minutes: NonNullable<Deployment['scheduleMinutes']>): JobSchedules {
  const schedules = Object.entries(minutes).map(([job, every]) => [job, every > 0 && Schedule.rate(Duration.minutes(every))]);
  return Object.fromEntries(schedules) as JobSchedules;
}

function forDoors(value: number): { http: number; produce: number; fetch: number } {
  return { http: value, produce: value, fetch: value };
}

function retentionDays(days: number): RetentionDays {
  const known = Object.values(RetentionDays).filter((value): value is RetentionDays => typeof value === 'number');
  const found = known.find((value) => value === days);
  if (found === undefined) {
    throw new Error(
      `logRetentionDays: ${days} is not a period of CloudWatch Logs; possible are ${known.filter((day) => day < 9999).join(', ')}`,
    );
  }
  return found;
}
