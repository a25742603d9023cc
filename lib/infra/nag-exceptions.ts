import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** One rule of cdk-nag's AwsSolutions pack that does not hold here, and why. */
interface Exception {
  readonly rule: string;
  readonly reason: string;
}

export const BUCKET_EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'AwsSolutions-S1',
    reason:
      'Server access logs would write an object for every few segments and need a bucket of their own that is never empty. CloudTrail data events give the same record to those who want it.',
  },
];

export const DEAD_LETTER_EXCEPTIONS: readonly Exception[] = [
  { rule: 'AwsSolutions-SQS3', reason: 'This queue is a dead letter queue itself.' },
];

export const ROLE_EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'AwsSolutions-IAM5',
    reason:
      "Wildcards are key prefixes of the deployment's own buckets, streams of the function's own log group, and the actions of X-Ray, network interfaces and KMS that know no resource.",
  },
];

/** Writes exceptions down at the construct, where cdk-nag looks for them and the next reader too. */
export function acknowledge(construct: IConstruct, exceptions: readonly Exception[]): void {
  for (const { rule, reason } of exceptions) Validations.of(construct).acknowledge({ id: rule, reason });
}
