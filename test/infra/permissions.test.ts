import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../lib/infra/props.ts';
import type { StratalogStack } from '../../lib/infra/stack.ts';
import { type Resource, type Synthesis, synthesise } from './synthesis.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[] | string>>>>;
}

function statementsOf({ resources }: Synthesis, part: string): readonly Statement[] {
  const policies = Object.entries(resources('AWS::IAM::Policy')).filter(([id]) => id.includes(part));
  expect(policies.length, part).toBeGreaterThan(0);
  return policies.flatMap(([, policy]) => (policy as Resource).Properties.PolicyDocument.Statement as Statement[]);
}

function actionsOf(statements: readonly Statement[]): string[] {
  return [...new Set(statements.flatMap((statement) => statement.Action))].sort();
}

const ROLE_IDS: Readonly<Record<FunctionName, string>> = {
  http: 'StrataloghttpRole',
  produce: 'StratalogproduceRole',
  fetch: 'StratalogfetchRole',
  retention: 'StratalogretentionHandlerRole',
  compaction: 'StratalogcompactionHandlerRole',
  replication: 'StratalogreplicationHandlerRole',
  sweep: 'StratalogsweepHandlerRole',
};

const synthesis = synthesise();

describe('each function', () => {
  it.each(FUNCTIONS)('%s may do nothing with all resources, or with all actions of a service', (name) => {
    for (const statement of statementsOf(synthesis, ROLE_IDS[name])) {
      const actions = [statement.Action].flat();
      expect(actions.join()).not.toContain('*');
      if (statement.Resource === '*') {
        expect([...actions].sort()).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
      }
    }
  });

  it.each(FUNCTIONS)('%s reaches items by kinds of key alone, and never scans', (name) => {
    const statements = statementsOf(synthesis, ROLE_IDS[name]).filter((s) =>
      [s.Action].flat().some((action) => action.startsWith('dynamodb:')),
    );
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) {
      const keys = statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
      expect([keys].flat().length).toBeGreaterThan(0);
      expect(keys).not.toContain('*');
      expect([statement.Action].flat()).not.toContain('dynamodb:Scan');
    }
  });

  it('that answers callers cannot delete an object', () => {
    for (const name of ['http', 'produce', 'fetch'] as const) {
      expect(actionsOf(statementsOf(synthesis, ROLE_IDS[name]))).not.toContain('s3:DeleteObject');
    }
  });

  it('that reads writes nothing', () => {
    expect(actionsOf(statementsOf(synthesis, ROLE_IDS.fetch))).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:Query',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  it('that produces touches no topic, group or transaction', () => {
    const writes = statementsOf(synthesis, ROLE_IDS.produce).filter((s) => [s.Action].flat().includes('dynamodb:PutItem'));
    const keys = writes.flatMap((s) => s.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []);
    expect(keys.sort()).toEqual(['ids', 'p#*', 's#*', 'todo#*']);
  });

  it('that lets records go lets committed offsets of groups go as well', () => {
    const deletions = statementsOf(synthesis, ROLE_IDS.retention).filter((s) => [s.Action].flat().includes('dynamodb:DeleteItem'));
    const keys = deletions.flatMap((s) => s.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []);
    expect(keys).toContain('g#*');
    for (const name of ['compaction', 'replication', 'sweep', 'produce', 'fetch'] as const) {
      expect(JSON.stringify(statementsOf(synthesis, ROLE_IDS[name])), name).not.toContain('g#*');
    }
  });

  it('that deletes segments may not write any, but for replication, which repairs copies', () => {
    const writers = FUNCTIONS.filter((name) => {
      const objects = statementsOf(synthesis, ROLE_IDS[name]).filter((s) => [s.Action].flat().includes('s3:PutObject'));
      const segments = JSON.stringify(objects).includes('/wal/*');
      return segments && actionsOf(statementsOf(synthesis, ROLE_IDS[name])).includes('s3:DeleteObject');
    });
    expect(writers).toEqual(['replication']);
  });

  it('reaches directory buckets through sessions', () => {
    const express = synthesise({ zones: { kind: 'express', availabilityZoneIds: ['use1-az4', 'use1-az5'] } });
    for (const name of FUNCTIONS) {
      const s3 = actionsOf(statementsOf(express, ROLE_IDS[name])).filter((action) => action.startsWith('s3'));
      expect(s3, name).toEqual(['s3express:CreateSession']);
    }
  });
});

describe('grants', () => {
  const granted = (grant: (stack: StratalogStack, role: Role) => void): Synthesis =>
    synthesise({}, (stack) => grant(stack, new Role(stack, 'Caller', { assumedBy: new ArnPrincipal('arn:aws:iam::111122223333:root') })));
  const variables = (point: Synthesis, part: string): Readonly<Record<string, unknown>> => {
    const found = Object.entries(point.resources('AWS::Lambda::Function')).filter(([id]) => id.includes(part));
    expect(found, part).toHaveLength(1);
    return found[0]?.[1].Properties.Environment.Variables;
  };

  it('to produce go through copies of the functions that are held to the topic', () => {
    const point = granted((stack, role) => stack.stratalog.grantProduce(role, { topic: 'orders' }));
    for (const part of ['produceordershttpFunction', 'produceordersproduceFunction']) {
      expect(variables(point, part)).toMatchObject({ STRATALOG_ACCESS: 'produce', STRATALOG_TOPICS: 'orders' });
    }
    const statements = statementsOf(point, 'CallerDefaultPolicy');
    expect(actionsOf(statements)).toEqual(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']);
    const resources = JSON.stringify(statements);
    expect(resources).toContain('produceorders');
    expect(resources).not.toMatch(/StrataloghttpFunction|StratalogproduceFunction/);
  });

  it('to consume name the topic and the group', () => {
    const point = granted((stack, role) => stack.stratalog.grantConsume(role, { topic: 'orders', group: 'billing' }));
    expect(variables(point, 'consumeordersbillingfetchFunction')).toMatchObject({
      STRATALOG_ACCESS: 'consume',
      STRATALOG_TOPICS: 'orders',
      STRATALOG_GROUPS: 'billing',
    });
  });

  it('of the same scope share their functions', () => {
    const point = granted((stack, role) => {
      const first = stack.stratalog.grantProduce(role);
      expect(stack.stratalog.grantProduce(new Role(stack, 'Other', { assumedBy: role.grantPrincipal as ArnPrincipal }))).toBe(first);
    });
    expect(variables(point, 'producehttpFunction')).not.toHaveProperty('STRATALOG_TOPICS');
  });

  it('to administer open every door and no store', () => {
    const point = granted((stack, role) => stack.stratalog.grantAdmin(role));
    const actions = actionsOf(statementsOf(point, 'CallerDefaultPolicy'));
    expect(actions).toEqual(['lambda:InvokeFunction', 'lambda:InvokeFunctionUrl']);
  });

  it('for direct use give access to the stores and to no function', () => {
    const point = granted((stack, role) => stack.stratalog.grantDirect(role, 'consume'));
    const actions = actionsOf(statementsOf(point, 'CallerDefaultPolicy'));
    expect(actions).toContain('s3:GetObject');
    expect(actions).not.toContain('s3:PutObject');
    expect(actions.some((action) => action.startsWith('lambda:'))).toBe(false);
  });

  it.each(['', 'a,b', 'or ders', 'x'.repeat(250)])('refuse the topic name %j', (topic) => {
    expect(() => granted((stack, role) => stack.stratalog.grantProduce(role, { topic }))).toThrow(/topic: '.*' is not a name of 1 to 249/);
  });
});
