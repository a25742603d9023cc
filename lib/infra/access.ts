import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { FunctionUrl } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { AWS_VARIABLES } from '../config/aws-environment.ts';
import { addFunctionUrl } from './doors.ts';
import { StratalogFunction, type StratalogFunctionProps } from './functions.ts';
import type { DoorName } from './props.ts';

export type AccessKind = 'produce' | 'consume';

/** What a grant is narrowed to. */
export interface AccessScope {
  readonly kind: AccessKind;
  /** @default every topic */
  readonly topic?: string | undefined;
  /** @default every group */
  readonly group?: string | undefined;
}

/** Topic and group names as Kafka allows them, so that a list of them can be separated by commas. */
const NAME = /^[a-zA-Z0-9._-]{1,249}$/;

/**
 * The doors for callers who may do only some things.
 *
 * IAM sees which function is called and not what is asked of it. So each scope has its own copies of the functions,
 * from the same bundles, that refuse everything outside of the scope, and callers may invoke those copies alone.
 * A copy that nobody calls costs nothing.
 */
export class AccessPoint extends Construct {
  readonly http: StratalogFunction;
  readonly url: FunctionUrl;
  /** `produce` or `fetch` for direct invocation, held to the same scope. */
  readonly direct: StratalogFunction;

  constructor(scope: Construct, id: string, access: AccessScope, shared: Omit<StratalogFunctionProps, 'name'>) {
    super(scope, id);
    const environment = scopeEnvironment(access);
    const copy = (name: DoorName): StratalogFunction => new StratalogFunction(this, name, { ...shared, name, environment });
    this.http = copy('http');
    this.url = addFunctionUrl(this.http.function, { auth: 'iam' });
    this.direct = copy(access.kind === 'produce' ? 'produce' : 'fetch');
  }

  grant(grantee: IGrantable): void {
    this.url.grantInvokeUrl(grantee);
    this.http.function.grantInvokeLatestVersion(grantee);
    this.direct.function.grantInvokeLatestVersion(grantee);
  }
}

/** One name per scope: two grants of the same scope share their copies. */
export function accessPointId({ kind, topic, group }: AccessScope): string {
  return [kind, topic ?? '', group ?? ''].join(':');
}

function scopeEnvironment({ kind, topic, group }: AccessScope): Record<string, string> {
  return {
    [AWS_VARIABLES.access]: kind,
    ...(topic !== undefined && { [AWS_VARIABLES.topics]: checkedName('topic', topic) }),
    ...(group !== undefined && { [AWS_VARIABLES.groups]: checkedName('group', group) }),
  };
}

function checkedName(field: string, value: string): string {
  if (!NAME.test(value)) {
    throw new Error(`${field}: '${value}' is not a name of 1 to 249 letters, digits, '.', '_' and '-'`);
  }
  return value;
}
