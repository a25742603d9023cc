import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { FunctionName } from './props.ts';
import type { Zone } from './zones.ts';

/** What a principal may do with objects under a prefix of the buckets. */
type ObjectAction = 's3:GetObject' | 's3:PutObject' | 's3:DeleteObject' | 's3:AbortMultipartUpload';

/** What a principal may do with items, by kind of key. */
type ItemAction =
  | 'dynamodb:BatchGetItem'
  | 'dynamodb:ConditionCheckItem'
  | 'dynamodb:DeleteItem'
  | 'dynamodb:GetItem'
  | 'dynamodb:PutItem'
  | 'dynamodb:Query'
  | 'dynamodb:UpdateItem';

/** The kinds of partition key in the table, as IAM's LeadingKeys condition matches them. */
const KEYS = {
  topics: 't#*',
  partitions: 'p#*',
  smallSegments: 's#*',
  producerIds: 'ids',
  groups: 'g#*',
  transactions: 'x#*',
  workToDo: 'todo#*',
  workLeases: 'w#*',
} as const;

type KeyKind = keyof typeof KEYS;

export interface Permissions {
  readonly items: readonly { readonly actions: readonly ItemAction[]; readonly keys: readonly KeyKind[] }[];
  readonly objects: readonly { readonly actions: readonly ObjectAction[]; readonly prefixes: readonly string[] }[];
}

const READ = ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'] as const;
const WRITE = ['dynamodb:PutItem', 'dynamodb:UpdateItem'] as const;
const REPLACE = [...WRITE, 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'] as const;

const SEGMENTS = 'wal/*';
const FILES = 'log/*';
/** Where jobs put an object and take it away again, to learn the time as the store has it. */
const CLOCK = 'log/-clock/*';

/** Appends: the topic is read, leases and pages are written, a small segment is an item, a large one an object. */
const APPEND: Permissions = {
  items: [
    { actions: READ, keys: ['topics', 'partitions', 'smallSegments', 'producerIds'] },
    { actions: WRITE, keys: ['partitions', 'smallSegments', 'producerIds', 'workToDo'] },
  ],
  // The bytes of an own segment are read back when an upload's outcome is unknown.
  objects: [{ actions: ['s3:PutObject', 's3:GetObject'], prefixes: [SEGMENTS] }],
};

const READ_LOG: Permissions = {
  items: [{ actions: READ, keys: ['topics', 'partitions', 'smallSegments'] }],
  objects: [{ actions: ['s3:GetObject'], prefixes: [SEGMENTS, FILES] }],
};

/** Topics, groups and transactions are kept through the HTTP door, which does all that the two others do as well. */
const ADMINISTER: Permissions = {
  items: [
    { actions: READ, keys: ['groups', 'transactions', 'workToDo', 'workLeases'] },
    { actions: REPLACE, keys: ['topics', 'partitions', 'groups', 'transactions', 'workToDo', 'workLeases'] },
  ],
  objects: [],
};

/** What every job needs to find its work and to keep others from doing it twice. */
const TAKE_WORK: Permissions = {
  items: [
    { actions: READ, keys: ['topics', 'partitions', 'workToDo', 'workLeases'] },
    { actions: REPLACE, keys: ['partitions', 'workToDo', 'workLeases'] },
  ],
  objects: [{ actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], prefixes: [CLOCK] }],
};

/** The least each function can work with; a missing line shows as an error that names the action and the resource. */
export const FUNCTION_PERMISSIONS: Readonly<Record<FunctionName, Permissions>> = {
  http: together(APPEND, READ_LOG, ADMINISTER),
  produce: APPEND,
  fetch: READ_LOG,
  retention: together(TAKE_WORK, {
    // Offsets of groups and transactions that timed out end here as well, and topics whose data has been cleaned away.
    items: [
      { actions: REPLACE, keys: ['topics'] },
      { actions: READ, keys: ['groups', 'transactions'] },
      { actions: REPLACE, keys: ['groups', 'transactions'] },
    ],
    // Ages are taken by the store's clock, which an object that is put and taken away again tells.
    objects: [{ actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], prefixes: [FILES] }],
  }),
  compaction: together(TAKE_WORK, {
    items: [{ actions: [...READ, 'dynamodb:DeleteItem'], keys: ['smallSegments'] }],
    objects: [
      { actions: ['s3:GetObject'], prefixes: [SEGMENTS, FILES] },
      // A large file is put in parts, which are given up when the file is not wanted any more.
      { actions: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], prefixes: [FILES] },
    ],
  }),
  replication: together(TAKE_WORK, {
    items: [{ actions: READ, keys: ['smallSegments'] }],
    // A corrupt copy is removed before a good one takes its name, since objects are only ever created.
    objects: [
      { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], prefixes: [SEGMENTS, FILES] },
      { actions: ['s3:AbortMultipartUpload'], prefixes: [FILES] },
    ],
  }),
  sweep: together(TAKE_WORK, {
    items: [{ actions: [...READ, 'dynamodb:DeleteItem'], keys: ['smallSegments'] }],
    objects: [
      { actions: ['s3:GetObject', 's3:DeleteObject'], prefixes: [SEGMENTS, FILES] },
      { actions: ['s3:PutObject'], prefixes: [FILES] },
    ],
  }),
};

/** What a principal needs that uses table and buckets itself, with no function in between. */
export const DIRECT_PERMISSIONS = {
  produce: APPEND,
  consume: together(READ_LOG, {
    items: [
      { actions: [...READ, ...REPLACE], keys: ['groups'] },
      { actions: [...READ, ...WRITE], keys: ['workLeases'] },
    ],
    objects: [],
  }),
  admin: together(APPEND, READ_LOG, ADMINISTER),
} as const;

export interface Stores {
  readonly table: TableV2;
  readonly zones: readonly Zone[];
  readonly encryptionKey: IKey | undefined;
}

/** Writes the permissions as statements on the principal's policy. */
export function grantPermissions(grantee: IGrantable, permissions: Permissions, stores: Stores): void {
  for (const { actions, keys } of permissions.items) {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [stores.table.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys.map((kind) => KEYS[kind]) } },
      }),
    );
  }
  for (const statement of objectStatements(permissions, stores.zones)) {
    grantee.grantPrincipal.addToPrincipalPolicy(statement);
  }
  stores.encryptionKey?.grantEncryptDecrypt(grantee);
}

/** The distinct object resources of these permissions, as they stand in the policy. */
export function objectArnsOf(permissions: Permissions, zones: readonly Zone[]): readonly string[] {
  const prefixes = new Set(permissions.objects.flatMap((row) => row.prefixes));
  return zones.filter((zone) => zone.kind === 'regional').flatMap((zone) => [...prefixes].map((prefix) => `${zone.bucketArn}/${prefix}`));
}

function objectStatements(permissions: Permissions, zones: readonly Zone[]): PolicyStatement[] {
  if (permissions.objects.length === 0) return [];
  const express = zones.filter((zone) => zone.kind === 'express');
  const regional = zones.filter((zone) => zone.kind === 'regional');
  const statements = express.map(
    // A session is the only permission a directory bucket knows; it cannot be narrowed to a prefix.
    (zone) => new PolicyStatement({ actions: ['s3express:CreateSession'], resources: [zone.bucketArn] }),
  );
  for (const { actions, prefixes } of regional.length > 0 ? permissions.objects : []) {
    const resources = regional.flatMap((zone) => prefixes.map((prefix) => `${zone.bucketArn}/${prefix}`));
    statements.push(new PolicyStatement({ actions: [...actions], resources }));
  }
  if (regional.length > 0) {
    // Without it S3 answers 403 instead of 404 for a key that is not there, and a merged segment looks forbidden.
    const resources = regional.map((zone) => zone.bucketArn);
    statements.push(new PolicyStatement({ actions: ['s3:ListBucket'], resources }));
  }
  return statements;
}

/** Rows with the same right-hand side become one statement, so that policies stay small. */
function together(...all: readonly Permissions[]): Permissions {
  const items = new Map<string, Set<KeyKind>>();
  for (const { actions, keys } of all.flatMap((permissions) => permissions.items)) {
    for (const action of actions) {
      items.set(action, new Set([...(items.get(action) ?? []), ...keys]));
    }
  }
  const objects = new Map<string, Set<string>>();
  for (const { actions, prefixes } of all.flatMap((permissions) => permissions.objects)) {
    for (const action of actions) {
      objects.set(action, new Set([...(objects.get(action) ?? []), ...prefixes]));
    }
  }
  return {
    items: groupByTarget(items).map(([actions, keys]) => ({ actions: actions as ItemAction[], keys })),
    objects: groupByTarget(objects).map(([actions, prefixes]) => ({ actions: actions as ObjectAction[], prefixes })),
  };
}

function groupByTarget<T extends string>(targets: ReadonlyMap<string, ReadonlySet<T>>): [string[], T[]][] {
  const groups = new Map<string, [string[], T[]]>();
  for (const [action, set] of targets) {
    const target = [...set].sort();
    const group = groups.get(target.join()) ?? [[], target];
    group[0].push(action);
    groups.set(target.join(), group);
  }
  return [...groups.values()];
}
