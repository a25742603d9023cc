import { describe, expect, it } from 'vitest';
import { meter } from '../../../../lib/adapters/decorators/metering.ts';
import { SILENT } from '../../../../lib/ports/telemetry.ts';

type Handler = (args: unknown) => Promise<{ output: Record<string, unknown> }>;

/** A client whose chain has one place, and what was counted. */
function metered(answer: Handler) {
  const counted: string[] = [];
  let chain: ((commandName: string) => Handler) | undefined;
  const add = (middleware: (next: Handler, context: object) => Handler): void => {
    chain = (commandName) => middleware(answer, { commandName });
  };
  meter({ middlewareStack: { add } }, 'db', {
    ...SILENT,
    count: (name, value, labels) => counted.push([name, value, ...Object.values(labels ?? {})].join(' ')),
  });
  return { counted, send: (commandName: string) => (chain as (commandName: string) => Handler)(commandName)({}) };
}

describe('metering', () => {
  it('counts each request and the units it consumed, by operation', async () => {
    const { counted, send } = metered(async () => ({ output: { ConsumedCapacity: { CapacityUnits: 3 } } }));
    await send('PutItemCommand');
    await send('QueryCommand');
    expect(counted).toEqual([
      'db_requests_total 1 PutItem no',
      'db_write_units_total 3 PutItem',
      'db_requests_total 1 Query no',
      'db_read_units_total 3 Query',
    ]);
  });

  it('adds up the units of several tables, and counts answers without any', async () => {
    const several = metered(async () => ({ output: { ConsumedCapacity: [{ CapacityUnits: 1 }, { CapacityUnits: 2 }] } }));
    await several.send('BatchGetItemCommand');
    expect(several.counted.slice(1)).toEqual(['db_read_units_total 1 BatchGetItem', 'db_read_units_total 2 BatchGetItem']);
    const none = metered(async () => ({ output: {} }));
    await none.send('PutObjectCommand');
    expect(none.counted).toEqual(['db_requests_total 1 PutObject no']);
  });

  it('counts requests that fail and hands the error on', async () => {
    const { counted, send } = metered(async () => {
      throw new Error('slow down');
    });
    await expect(send('PutItemCommand')).rejects.toThrow('slow down');
    expect(counted).toEqual(['db_requests_total 1 PutItem yes']);
  });
});
