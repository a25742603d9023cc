import { type Stack, Validations } from 'aws-cdk-lib';
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

/** Two actions of X-Ray and those for network interfaces know no resource. */
const NO_RESOURCE: Exception = {
  rule: 'AwsSolutions-IAM5[Resource::*]',
  reason: 'The write actions of X-Ray and the ones for network interfaces can be granted on no resource but all.',
};

/** CDK grants the use of a key with these two patterns, which stand for variants of one action each. */
const KEY_ACTIONS: readonly Exception[] = ['kms:GenerateDataKey*', 'kms:ReEncrypt*'].map((action) => ({
  rule: `AwsSolutions-IAM5[Action::${action}]`,
  reason: 'Variants of one action, granted on the one key of the deployment.',
}));

export interface RoleWildcards {
  /** The object resources of the role's policy, each a bucket and a prefix. */
  readonly objectArns: readonly string[];
  readonly wildcardResource: boolean;
  readonly encrypted: boolean;
}

/** The wildcards in a function's role: one per key prefix and bucket, named one by one so that a new one shows. */
export function roleExceptions(stack: Stack, wildcards: RoleWildcards): readonly Exception[] {
  const prefixes = wildcards.objectArns.map((arn) => ({
    rule: `AwsSolutions-IAM5[Resource::${findingOf(stack.resolve(arn))}]`,
    reason: "Objects are named by time-ordered ids, so a permission can only name their prefix in the deployment's own bucket.",
  }));
  return [...prefixes, ...(wildcards.wildcardResource ? [NO_RESOURCE] : []), ...(wildcards.encrypted ? KEY_ACTIONS : [])];
}

/** cdk-nag writes a reference as `<LogicalId.Arn>` where CloudFormation has a join of parts. */
function findingOf(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute } = resolved as {
    'Fn::Join'?: [string, unknown[]];
    'Fn::GetAtt'?: [string, string];
  };
  if (join) return join[1].map(findingOf).join(join[0]);
  return attribute ? `<${attribute.join('.')}>` : JSON.stringify(resolved);
}

/** Writes exceptions down at the construct, where cdk-nag looks for them and the next reader too. */
export function acknowledge(construct: IConstruct, exceptions: readonly Exception[]): void {
  for (const { rule, reason } of exceptions) Validations.of(construct).acknowledge({ id: rule, reason });
}
