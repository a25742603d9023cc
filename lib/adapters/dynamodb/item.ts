/** Items as DynamoDB's wire types, and what can be read out of one that may be damaged. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { StratalogError } from '../../core/errors.ts';
import { type ItemKey, PK, SK } from './key-space.ts';

export type Item = Readonly<Record<string, AttributeValue>>;

/** An item with its key. Attribute names have one letter, since every byte of them is billed. */
export function itemOf(key: ItemKey, attributes: Item): Record<string, AttributeValue> {
  return { ...keyOf(key), ...attributes };
}

export function keyOf(key: ItemKey): Record<string, AttributeValue> {
  return { [PK]: { S: key.pk }, [SK]: { S: key.sk } };
}

export function text(value: string): AttributeValue {
  return { S: value };
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function binary(value: Uint8Array): AttributeValue {
  return { B: value };
}

export function skOf(item: Item): string {
  return textIn(item, SK);
}

export function textIn(item: Item, name: string): string {
  return item[name]?.S ?? damaged(item, name, 'text');
}

export function numberIn(item: Item, name: string): number {
  const value = Number(item[name]?.N ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : damaged(item, name, 'a whole number');
}

export function binaryIn(item: Item, name: string): Uint8Array {
  return item[name]?.B ?? damaged(item, name, 'bytes');
}

function damaged(item: Item, name: string, expected: string): never {
  const key = `${item[PK]?.S ?? '?'} / ${item[SK]?.S ?? '?'}`;
  throw new StratalogError('CORRUPT_OBJECT', `attribute '${name}' of the item ${key} is not ${expected}`, { field: name, value: key });
}
