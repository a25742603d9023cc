import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { StratalogFunction, type StratalogFunctionProps } from './functions.ts';
import { acknowledge, DEAD_LETTER_EXCEPTIONS } from './nag-exceptions.ts';
import { DEFAULT_SCHEDULE_MINUTES, type JobName, type JobSchedules } from './props.ts';

export interface ScheduledJobProps extends Omit<StratalogFunctionProps, 'name' | 'deadLetterQueue'> {
  readonly name: JobName;
}

/** How often Lambda tries an event of a job again; the next run resumes anyway. */
const RETRIES = 2;

/** A function that a rule starts, with the queue that keeps the events of runs that failed for good. */
export class ScheduledJob extends Construct {
  readonly name: JobName;
  readonly handler: StratalogFunction;
  readonly deadLetters: Queue;
  /** Undefined when the job runs by hand only. */
  readonly rule: Rule | undefined;

  constructor(scope: Construct, id: string, props: ScheduledJobProps) {
    super(scope, id);
    this.name = props.name;
    this.deadLetters = createDeadLetterQueue(this, props.stores.encryptionKey);
    this.handler = new StratalogFunction(this, 'Handler', { ...props, deadLetterQueue: this.deadLetters });
    this.handler.function.configureAsyncInvoke({ retryAttempts: RETRIES, maxEventAge: Duration.hours(1) });
    const schedule = scheduleOf(props.name, props.settings.schedules, props.stores.zones.length);
    if (schedule === undefined) return;
    this.rule = new Rule(this, 'Rule', {
      description: `Starts Stratalog's ${props.name}`,
      schedule,
      targets: [
        new LambdaTarget(this.handler.function, {
          deadLetterQueue: this.deadLetters,
          retryAttempts: RETRIES,
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
    if (props.name === 'compaction') this.addDailyPass();
  }

  /** Marks of work are left behind by rolls and can be lost with the process that rolled: once a day every partition is looked at. */
  private addDailyPass(): void {
    new Rule(this, 'DailyRule', {
      description: `Starts Stratalog's ${this.name} on all partitions`,
      schedule: Schedule.rate(Duration.days(1)),
      targets: [
        new LambdaTarget(this.handler.function, {
          event: RuleTargetInput.fromObject({ all: true }),
          deadLetterQueue: this.deadLetters,
          retryAttempts: RETRIES,
          maxEventAge: Duration.hours(1),
        }),
      ],
    });
  }
}

function scheduleOf(name: JobName, schedules: JobSchedules | undefined, zones: number): Schedule | undefined {
  const chosen = schedules?.[name];
  if (chosen === false) return undefined;
  if (chosen) return chosen;
  // With one zone there is nothing to copy; the function is there for a repair by hand.
  if (name === 'replication' && zones === 1) return undefined;
  return Schedule.rate(Duration.minutes(DEFAULT_SCHEDULE_MINUTES[name]));
}

function createDeadLetterQueue(scope: Construct, key: IKey | undefined): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    ...(key ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key } : { encryption: QueueEncryption.SQS_MANAGED }),
  });
  acknowledge(queue, DEAD_LETTER_EXCEPTIONS);
  return queue;
}
