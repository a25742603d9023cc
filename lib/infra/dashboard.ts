import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IWidget, Metric, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { METRIC_NAMESPACE, METRICS } from '../config/aws-environment.ts';
import { jobMetric } from './alarms.ts';
import type { StratalogFunction } from './functions.ts';
import type { ScheduledJob } from './jobs.ts';

const PERIOD = Duration.minutes(5);

export interface DashboardProps {
  readonly deploymentName: string;
  readonly doors: readonly StratalogFunction[];
  readonly jobs: readonly ScheduledJob[];
  readonly table: TableV2;
}

/** One page: what comes in and goes out, how fast the doors answer, what the table is asked, whether the jobs keep up. */
export function createDashboard(scope: Construct, props: DashboardProps): Dashboard {
  return new Dashboard(scope, 'Dashboard', {
    defaultInterval: Duration.hours(12),
    widgets: [
      [new TextWidget({ markdown: `# ${props.deploymentName}`, width: 24, height: 1 })],
      [traffic(props.doors), latency(props.doors), failures(props.doors)],
      [table(props.table), jobs(props.jobs), deadLetters(props.jobs)],
    ],
  });
}

function traffic(doors: readonly StratalogFunction[]): IWidget {
  const metric = (door: StratalogFunction, metricName: string): Metric =>
    new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { service: door.service },
      statistic: 'sum',
      period: PERIOD,
      label: `${door.node.id} ${metricName}`,
    });
  return graph(
    'Bytes',
    doors.map((door) => metric(door, METRICS.bytesIn)),
    doors.map((door) => metric(door, METRICS.bytesOut)),
  );
}

function latency(doors: readonly StratalogFunction[]): IWidget {
  const durations = (statistic: string): Metric[] =>
    doors.map((door) => door.function.metricDuration({ statistic, period: PERIOD, label: `${door.node.id} ${statistic}` }));
  return graph('Duration, ms', [...durations('p50'), ...durations('p99')]);
}

function failures(doors: readonly StratalogFunction[]): IWidget {
  return graph(
    'Errors and throttles',
    doors.flatMap((door) => [
      door.function.metricErrors({ period: PERIOD, label: `${door.node.id} errors` }),
      door.function.metricThrottles({ period: PERIOD, label: `${door.node.id} throttles` }),
    ]),
    doors.map((door) => door.function.metricInvocations({ period: PERIOD, label: `${door.node.id} calls` })),
  );
}

function table(source: TableV2): IWidget {
  return graph(
    'Table: consumed units',
    [
      source.metricConsumedWriteCapacityUnits({ period: PERIOD, statistic: 'sum' }),
      source.metricConsumedReadCapacityUnits({ period: PERIOD, statistic: 'sum' }),
    ],
    [source.metricConditionalCheckFailedRequests({ period: PERIOD, statistic: 'sum' })],
  );
}

function jobs(all: readonly ScheduledJob[]): IWidget {
  return graph(
    'Jobs: age of the oldest work left, s',
    all.map((job) => jobMetric(job, METRICS.backlogSeconds).with({ label: job.name, period: PERIOD })),
  );
}

function deadLetters(all: readonly ScheduledJob[]): IWidget {
  return graph(
    'Jobs: runs that failed for good',
    all.map((job) => job.deadLetters.metricApproximateNumberOfMessagesVisible({ label: job.name, period: PERIOD, statistic: 'max' })),
  );
}

function graph(title: string, left: Metric[] | ReturnType<TableV2['metric']>[], right: Metric[] = []): IWidget {
  return new GraphWidget({ title, left, right, width: 8, height: 7 });
}
