import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE, METRICS } from '../config/aws-environment.ts';
import type { StratalogFunction } from './functions.ts';
import type { ScheduledJob } from './jobs.ts';
import type { AlarmProps } from './props.ts';

/** Schedules of up to a day still show a missed run; longer ones are beyond what an alarm can look back on. */
const PERIOD = Duration.hours(1);

export interface StratalogAlarmsProps extends AlarmProps {
  readonly jobs: readonly ScheduledJob[];
  readonly doors: readonly StratalogFunction[];
}

interface AlarmSpec {
  readonly metric: IMetric;
  readonly threshold: number;
  readonly description: string;
  readonly missing?: TreatMissingData;
}

/** What somebody should be woken for: failed runs, jobs that fall behind or stand still, doors that fail. */
export class StratalogAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: StratalogAlarmsProps) {
    super(scope, id);
    const behindSeconds = (props.behindAfter ?? Duration.hours(1)).toSeconds();
    this.alarms = [
      ...props.jobs.flatMap((job) => [
        this.create(`${job.name}-dead-letters`, {
          metric: job.deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'max' }),
          threshold: 0,
          description: `A run of ${job.name} failed every attempt; its event is in the job's dead letter queue.`,
        }),
        ...(job.rule ? [this.behind(job, behindSeconds)] : []),
      ]),
      ...props.doors.map((door) =>
        this.create(`${door.node.id}-errors`, {
          metric: door.function.metricErrors({ period: Duration.minutes(5) }),
          threshold: 0,
          description: `Calls of ${door.node.id} ended in an error that no answer describes, or ran out of time.`,
        }),
      ),
    ];
    for (const topic of props.topics ?? []) {
      for (const alarm of this.alarms) {
        alarm.addAlarmAction(new SnsAction(topic));
        alarm.addOkAction(new SnsAction(topic));
      }
    }
  }

  /** No figure at all means that the job does not run, which is the worst way to fall behind. */
  private behind(job: ScheduledJob, behindSeconds: number): Alarm {
    return this.create(`${job.name}-behind`, {
      metric: jobMetric(job, METRICS.backlogSeconds),
      threshold: behindSeconds,
      description: `The oldest work ${job.name} left undone is older than ${behindSeconds} s, or it did not run for two hours.`,
      missing: TreatMissingData.BREACHING,
    });
  }

  private create(id: string, spec: AlarmSpec): Alarm {
    const breaching = spec.missing === TreatMissingData.BREACHING;
    return new Alarm(this, id, {
      metric: spec.metric,
      threshold: spec.threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      alarmDescription: spec.description,
      evaluationPeriods: breaching ? 2 : 1,
      treatMissingData: spec.missing ?? TreatMissingData.NOT_BREACHING,
    });
  }
}

/** A metric that the function writes itself, the worst value of an hour. */
export function jobMetric(job: ScheduledJob, metricName: string): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service: job.handler.service },
    period: PERIOD,
    statistic: 'max',
  });
}
