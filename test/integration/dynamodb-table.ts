import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { meter } from '../../lib/adapters/decorators/metering.ts';
import { DynamoTable } from '../../lib/adapters/dynamodb/table.ts';
import type { Telemetry } from '../../lib/ports/telemetry.ts';
import type { Emulator } from './emulators/dynamodb-local.ts';

export interface ScratchTable {
  readonly table: DynamoTable;
  readonly client: DynamoDBClient;
  close(): Promise<void>;
}

/** A table of its own with the keys that the stack's table has. */
export async function scratchTable(emulator: Emulator, telemetry?: Telemetry): Promise<ScratchTable> {
  const client = new DynamoDBClient({ ...emulator, maxAttempts: 1 });
  const name = `t-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  if (telemetry) meter(client, 'dynamodb', telemetry);
  return {
    table: new DynamoTable(client, name),
    client,
    async close() {
      await client.send(new DeleteTableCommand({ TableName: name }));
      client.destroy();
    },
  };
}
