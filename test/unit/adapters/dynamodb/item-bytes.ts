import type { Item } from '../../../../lib/adapters/dynamodb/item.ts';

/** An item's size as DynamoDB bills it ("DynamoDB item sizes and formats"): names and text in UTF-8, a byte for two digits. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    const value = B?.length ?? (N === undefined ? Buffer.byteLength(S ?? '') : Math.ceil(N.length / 2) + 1);
    return sum + Buffer.byteLength(name) + value;
  }, 0);
}
