// Generated from the message definitions in the kafka-clients jar (npm run kafka:generate). Do not edit.

import { CLUSTER_SCHEMAS } from './schemas-cluster.ts';
import { DATA_SCHEMAS } from './schemas-data.ts';
import { GROUPS_SCHEMAS } from './schemas-groups.ts';
import { RECORDS_SCHEMAS } from './schemas-records.ts';
import { TOPICS_SCHEMAS } from './schemas-topics.ts';
import { TRANSACTIONS_SCHEMAS } from './schemas-transactions.ts';

export interface SchemaText {
  readonly name: string;
  readonly versions: readonly [from: number, to: number];
  /** A line a structure: `Name: field type versions ?nullable #tag =default, ...`; the last is the message. */
  readonly structs: string;
}

export const SCHEMAS: readonly SchemaText[] = [
  ...RECORDS_SCHEMAS,
  ...CLUSTER_SCHEMAS,
  ...GROUPS_SCHEMAS,
  ...TOPICS_SCHEMAS,
  ...TRANSACTIONS_SCHEMAS,
  ...DATA_SCHEMAS,
];
