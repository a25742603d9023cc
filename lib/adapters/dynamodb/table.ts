/**
 * The table: each method is one kind of request, in our words. The client makes one attempt; retrying is the business of
 * a decorator, which counts and spaces the attempts.
 */
import {
  type AttributeValue,
  BatchGetItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { StratalogError } from '../../core/errors.ts';
import type { Condition } from './conditions.ts';
import { isRefusal, isRefusedTransaction, type Operation, readError, writeError } from './dynamo-error.ts';
import { type Item, itemOf, keyOf, skOf, text } from './item.ts';
import { type ItemKey, PK, SK } from './key-space.ts';

/** The outcome of a conditional write. `current` is the item that stood in its way, if there is one. */
export type WriteOutcome = { readonly kind: 'applied' } | { readonly kind: 'refused'; readonly current: Item | undefined };

export interface QueryRange {
  readonly pk: string;
  /** Bounds of the sort key, inclusive. */
  readonly from: string;
  readonly to: string;
  /** Default: all there are. */
  readonly limit?: number;
  readonly descending?: boolean;
  /** Default true. */
  readonly consistent?: boolean;
}

/** One step of a transaction; each has a condition, so that none is made twice. */
export type TransactionStep =
  | { readonly kind: 'put'; readonly key: ItemKey; readonly attributes: Item; readonly condition: Condition }
  | { readonly kind: 'delete'; readonly key: ItemKey; readonly condition: Condition };

/** Keys one BatchGetItem takes. */
const BATCH_KEYS_MAX = 100;
/** Rounds after which keys that DynamoDB puts off are an error. */
const BATCH_ROUNDS_MAX = 8;
/** Requests of one call that are under way at once; the client has 50 connections for all of them. */
const PARALLEL_MAX = 32;

const APPLIED: WriteOutcome = { kind: 'applied' };
const METERED = { ReturnConsumedCapacity: 'TOTAL' } as const;
const SHOW_REFUSING = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

export class DynamoTable {
  readonly name: string;
  readonly #client: DynamoDBClient;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  /** Strongly consistent. Cost: 1 read unit per 4 KB. */
  async get(key: ItemKey): Promise<Item | undefined> {
    try {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.name, Key: keyOf(key), ConsistentRead: true, ...METERED }),
      );
      return Item;
    } catch (error) {
      throw readError(error, this.#operation('GetItem'));
    }
  }

  /** Items in the order asked; keys may repeat. Strongly consistent unless asked otherwise. Cost: 1 read unit a distinct item per 4 KB. */
  async getMany(keys: readonly ItemKey[], consistent = true): Promise<readonly (Item | undefined)[]> {
    if (keys.length === 0) return [];
    if (keys.length === 1 && consistent) return [await this.get(keys[0] as ItemKey)];
    const distinct = new Map(keys.map((key) => [nameOf(key), key]));
    const chunks: ItemKey[][] = [];
    for (const key of distinct.values()) {
      if (chunks.length === 0 || chunks.at(-1)?.length === BATCH_KEYS_MAX) chunks.push([]);
      chunks.at(-1)?.push(key);
    }
    const found = new Map<string, Item>();
    await inParallel(chunks, (chunk) => this.#getBatch(chunk, consistent, found));
    return keys.map((key) => found.get(nameOf(key)));
  }

  async #getBatch(keys: readonly ItemKey[], consistent: boolean, found: Map<string, Item>): Promise<void> {
    let open: Record<string, AttributeValue>[] = keys.map(keyOf);
    for (let round = 0; open.length > 0; round++) {
      if (round === BATCH_ROUNDS_MAX)
        throw new StratalogError('THROTTLED', `table ${this.name} puts off ${open.length} of ${keys.length} reads`);
      try {
        const answer = await this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.name]: { Keys: open, ConsistentRead: consistent } }, ...METERED }),
        );
        for (const item of answer.Responses?.[this.name] ?? []) found.set(nameOf({ pk: item[PK]?.S ?? '', sk: skOf(item) }), item);
        open = answer.UnprocessedKeys?.[this.name]?.Keys ?? [];
      } catch (error) {
        throw readError(error, this.#operation('BatchGetItem'));
      }
    }
  }

  /** Items of one partition key in order of their sort keys. Cost: 1 request a MB; 1 read unit per 4 KB read, half if not consistent. */
  async query(range: QueryRange): Promise<readonly Item[]> {
    const items: Item[] = [];
    const { limit } = range;
    if (limit !== undefined && limit <= 0) return items;
    let start: Record<string, AttributeValue> | undefined;
    do {
      try {
        const answer = await this.#client.send(
          new QueryCommand({
            TableName: this.name,
            KeyConditionExpression: `${PK} = :pk AND ${SK} BETWEEN :from AND :to`,
            ExpressionAttributeValues: { ':pk': text(range.pk), ':from': text(range.from), ':to': text(range.to) },
            ConsistentRead: range.consistent ?? true,
            ScanIndexForward: range.descending !== true,
            ...(limit === undefined ? {} : { Limit: limit - items.length }),
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
            ...METERED,
          }),
        );
        items.push(...(answer.Items ?? []));
        start = answer.LastEvaluatedKey;
      } catch (error) {
        throw readError(error, this.#operation('Query'));
      }
    } while (start !== undefined && (limit === undefined || items.length < limit));
    return items;
  }

  /** Puts an item, on a condition if one is given. Cost: 1 write unit a KB; a refusal costs the same. */
  async put(key: ItemKey, attributes: Item, condition?: Condition): Promise<WriteOutcome> {
    return this.#write('PutItem', () =>
      this.#client.send(
        new PutItemCommand({
          TableName: this.name,
          Item: itemOf(key, attributes),
          ...METERED,
          ...(condition === undefined ? {} : { ...condition, ...SHOW_REFUSING }),
        }),
      ),
    );
  }

  /** Deletes an item, on a condition if one is given; absent ones are fine without. Cost: 1 write unit a KB. */
  async delete(key: ItemKey, condition?: Condition): Promise<WriteOutcome> {
    return this.#write('DeleteItem', () =>
      this.#client.send(
        new DeleteItemCommand({
          TableName: this.name,
          Key: keyOf(key),
          ...METERED,
          ...(condition === undefined ? {} : { ...condition, ...SHOW_REFUSING }),
        }),
      ),
    );
  }

  /** Adds to the number `n` of an item, made if it is not there, and answers the sum. A repetition adds again. Cost: 1 write unit. */
  async add(key: ItemKey, amount: number): Promise<number> {
    try {
      const { Attributes } = await this.#client.send(
        new UpdateItemCommand({
          TableName: this.name,
          Key: keyOf(key),
          UpdateExpression: 'ADD n :amount',
          ExpressionAttributeValues: { ':amount': { N: String(amount) } },
          ReturnValues: 'UPDATED_NEW',
          ...METERED,
        }),
      );
      return Number(Attributes?.n?.N);
    } catch (error) {
      throw writeError(error, this.#operation('UpdateItem'));
    }
  }

  /** All steps or none. Cost: 2 write units a KB of each item. */
  async transact(steps: readonly TransactionStep[]): Promise<'applied' | 'refused'> {
    try {
      await this.#client.send(
        new TransactWriteItemsCommand({
          TransactItems: steps.map((step) =>
            step.kind === 'put'
              ? { Put: { TableName: this.name, Item: itemOf(step.key, step.attributes), ...step.condition } }
              : { Delete: { TableName: this.name, Key: keyOf(step.key), ...step.condition } },
          ),
          ...METERED,
        }),
      );
      return 'applied';
    } catch (error) {
      if (isRefusedTransaction(error)) return 'refused';
      throw writeError(error, this.#operation('TransactWriteItems'));
    }
  }

  async #write(action: string, send: () => Promise<unknown>): Promise<WriteOutcome> {
    try {
      await send();
      return APPLIED;
    } catch (error) {
      if (isRefusal(error)) return { kind: 'refused', current: error.Item };
      throw writeError(error, this.#operation(action));
    }
  }

  #operation(action: string): Operation {
    return { action, table: this.name };
  }
}

/** Runs a task for each item, some at once, and answers in their order; the first failure is thrown when all have ended. */
export async function inParallel<Input, Output>(inputs: readonly Input[], task: (input: Input) => Promise<Output>): Promise<Output[]> {
  const outputs = new Array<Output>(inputs.length);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < inputs.length && failures.length === 0) {
      const at = next++;
      try {
        outputs[at] = await task(inputs[at] as Input);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL_MAX, inputs.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return outputs;
}

function nameOf({ pk, sk }: ItemKey): string {
  return `${pk}\0${sk}`;
}
