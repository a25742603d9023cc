/** The conditions of our writes, by name. Each is a fragment of a request: expression, names and values. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { number, text } from './item.ts';
import { PK } from './key-space.ts';

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** There is no item under this key. */
export const ABSENT: Condition = { ConditionExpression: `attribute_not_exists(${PK})` };

/** The item is there and has exactly this version. */
export function atVersion(version: number): Condition {
  return { ConditionExpression: 'v = :version', ExpressionAttributeValues: { ':version': number(version) } };
}

/** The item has this version, where 0 says that there is none. */
export function atVersionOrAbsent(version: number): Condition {
  return version === 0 ? ABSENT : atVersion(version);
}

/** There is no item, or one of an earlier version. */
export function beforeVersion(version: number): Condition {
  return {
    ConditionExpression: `attribute_not_exists(${PK}) OR v < :version`,
    ExpressionAttributeValues: { ':version': number(version) },
  };
}

/** The topic of this identity, at this version. */
export function topicAt(id: string, version: number): Condition {
  return {
    ConditionExpression: 'id = :id AND v = :version',
    ExpressionAttributeValues: { ':id': text(id), ':version': number(version) },
  };
}

/** The topic of this identity, at any version. */
export function topicOf(id: string): Condition {
  return { ConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': text(id) } };
}

/** The work lease still has this holder. */
export function heldBy(owner: string, epoch: number): Condition {
  return {
    ConditionExpression: 'o = :owner AND e = :epoch',
    ExpressionAttributeValues: { ':owner': text(owner), ':epoch': number(epoch) },
  };
}

/** The work lease is as it was read. */
export function leaseAsRead(owner: string, epoch: number, expiresAtMs: number): Condition {
  return {
    ConditionExpression: 'o = :owner AND e = :epoch AND x = :expiry',
    ExpressionAttributeValues: { ':owner': text(owner), ':epoch': number(epoch), ':expiry': number(expiresAtMs) },
  };
}

/** The mark has not been renewed. */
export function stampedWith(stamp: number): Condition {
  return { ConditionExpression: 's = :stamp', ExpressionAttributeValues: { ':stamp': number(stamp) } };
}

/** The name was written down at this time and never again. */
export function writtenAt(atMs: number): Condition {
  return { ConditionExpression: 'a = :at', ExpressionAttributeValues: { ':at': number(atMs) } };
}
