/** A scheduled function: runs its jobs once, within its time, and tells how far behind they are. */
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../config/aws-environment.ts';
import { awsSettingsOf } from '../config/aws-settings.ts';
import { StratalogError } from '../core/errors.ts';
import { createMaintenance, type Maintenance, type RepairReport } from '../engine/maintenance/maintenance.ts';
import type { RepairRequest } from '../engine/maintenance/repair.ts';
import type { JobName, JobReport } from '../engine/maintenance/run.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type AwsEngine, type AwsOptions, openAwsEngine } from './aws.ts';

/** What a run may be told; a rule's own event tells nothing and runs everything that is marked. */
export interface JobEvent {
  readonly topic?: string;
  readonly dryRun?: boolean;
  /** Looks at every partition, not at marked ones alone. */
  readonly all?: boolean;
  /** Instead of the jobs: finds, and marks if told to, records of a topic that no zone has any more. Sent by hand. */
  readonly repair?: Omit<RepairRequest, 'signal'>;
}

export interface LambdaJob {
  readonly handle: (event: JobEvent, context: { getRemainingTimeInMillis(): number }) => Promise<readonly JobReport[] | RepairReport>;
  readonly aws: AwsEngine;
  readonly maintenance: Maintenance;
}

/** Kept for ending in order, out of the function's time. */
const ENDING_MS = 10_000;
/** Jobs read each object once: what they read is of no use to keep. */
const CACHE_BYTES = 0;

export function openLambdaJob(
  environment: Readonly<Record<string, string | undefined>>,
  telemetry: Telemetry,
  metrics: Pick<Metrics, 'addMetric'>,
  jobs: readonly JobName[],
  instrument?: AwsOptions['instrument'],
): LambdaJob {
  const { table, zones, offsetsRetentionMs } = awsSettingsOf(environment);
  const groupSettings = offsetsRetentionMs === undefined ? {} : { offsetsRetentionMs };
  const aws = openAwsEngine({
    table,
    zones,
    telemetry,
    instrument,
    blockCacheBytes: CACHE_BYTES,
    groupSettings,
    settings: { neverWait: true },
  });
  const maintenance = createMaintenance(aws.engine);
  const sweepGroups = groupSweeper(aws, telemetry);
  return {
    aws,
    maintenance,
    async handle(event, context) {
      const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - ENDING_MS));
      const { topic, dryRun, all } = event;
      if (event.repair !== undefined) return await maintenance.repair({ ...event.repair, signal });
      const reports: JobReport[] = [];
      for (const job of jobs) {
        const report = await maintenance.run(job, { topic, dryRun, all, signal });
        const whole = job === 'retain' && topic === undefined && dryRun !== true;
        reports.push(whole ? await sweepGroups(report, signal) : report);
      }
      publish(reports, maintenance, metrics);
      const errors = reports.flatMap((report) => report.errors);
      // A run that failed in part has done the rest; throwing has Lambda try again and then keep the event for somebody to see.
      if (errors.length > 0) throw new StratalogError('STORAGE_ERROR', `${jobs.join(', ')} met ${errors.length} errors: ${errors[0]}`);
      return reports;
    },
  };
}

/**
 * Committed offsets expire with the retention of records: where there is a server it looks after them by itself, and here
 * nobody else does. Goes on where the run before it was cut short.
 */
function groupSweeper({ engine }: AwsEngine, telemetry: Telemetry): (report: JobReport, signal: AbortSignal) => Promise<JobReport> {
  let after: string | undefined;
  return async (report, signal) => {
    try {
      const { offsets, groups, next } = await engine.groups.sweep({ after, signal });
      after = next;
      const did = { ...report.did, ...(offsets > 0 && { groupOffsetsExpired: offsets }), ...(groups > 0 && { groupsDeleted: groups }) };
      return { ...report, did, complete: report.complete && next === undefined };
    } catch (error) {
      const text = `expired offsets of groups: ${error instanceof Error ? error.message : String(error)}`;
      telemetry.log('warn', 'a step of maintenance failed', { job: report.job, error: text });
      return { ...report, complete: false, errors: [...report.errors, text] };
    }
  };
}

function publish(reports: readonly JobReport[], maintenance: Maintenance, metrics: Pick<Metrics, 'addMetric'>): void {
  const backlogMs = Math.max(...reports.map((report) => report.lagMs));
  const done = reports.flatMap((report) => Object.values(report.did)).reduce((sum, count) => sum + count, 0);
  metrics.addMetric(METRICS.backlogSeconds, MetricUnit.Seconds, backlogMs / 1000);
  metrics.addMetric(METRICS.itemsDone, MetricUnit.Count, done);
  if (reports.some((report) => report.job === 'replicate')) {
    metrics.addMetric(METRICS.underReplicated, MetricUnit.Count, maintenance.status().underReplicated.length);
  }
}
