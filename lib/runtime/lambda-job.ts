/** A scheduled function: runs its jobs once, within its time, and tells how far behind they are. */
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../config/aws-environment.ts';
import { awsSettingsOf } from '../config/aws-settings.ts';
import { StratalogError } from '../core/errors.ts';
import { createMaintenance, type Maintenance } from '../engine/maintenance/maintenance.ts';
import type { JobName, JobReport } from '../engine/maintenance/run.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type AwsEngine, openAwsEngine } from './aws.ts';

/** What a run may be told; a rule's own event tells nothing and runs everything that is marked. */
export interface JobEvent {
  readonly topic?: string;
  readonly dryRun?: boolean;
  /** Looks at every partition, not at marked ones alone. */
  readonly all?: boolean;
}

export interface LambdaJob {
  readonly handle: (event: JobEvent, context: { getRemainingTimeInMillis(): number }) => Promise<readonly JobReport[]>;
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
): LambdaJob {
  const { table, zones } = awsSettingsOf(environment);
  const aws = openAwsEngine({ table, zones, telemetry, blockCacheBytes: CACHE_BYTES, settings: { neverWait: true } });
  const maintenance = createMaintenance(aws.engine);
  return {
    aws,
    maintenance,
    async handle(event, context) {
      const signal = AbortSignal.timeout(Math.max(1, context.getRemainingTimeInMillis() - ENDING_MS));
      const { topic, dryRun, all } = event;
      const reports: JobReport[] = [];
      for (const job of jobs) reports.push(await maintenance.run(job, { topic, dryRun, all, signal }));
      publish(reports, maintenance, metrics);
      const errors = reports.flatMap((report) => report.errors);
      // A run that failed in part has done the rest; throwing has Lambda try again and then keep the event for somebody to see.
      if (errors.length > 0) throw new StratalogError('STORAGE_ERROR', `${jobs.join(', ')} met ${errors.length} errors: ${errors[0]}`);
      return reports;
    },
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
