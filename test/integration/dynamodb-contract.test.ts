import { afterAll, beforeAll } from 'vitest';
import { DynamoGroupStore } from '../../lib/adapters/dynamodb/group-store.ts';
import { DynamoInlineStore } from '../../lib/adapters/dynamodb/inline-store.ts';
import { DynamoLeaseStore } from '../../lib/adapters/dynamodb/lease-store.ts';
import { DynamoPageStore } from '../../lib/adapters/dynamodb/page-store.ts';
import { DynamoProducerStore } from '../../lib/adapters/dynamodb/producer-store.ts';
import type { DynamoTable } from '../../lib/adapters/dynamodb/table.ts';
import { DynamoTopicStore } from '../../lib/adapters/dynamodb/topic-store.ts';
import { DynamoWorkStore } from '../../lib/adapters/dynamodb/work-store.ts';
import { SYSTEM_CLOCK } from '../../lib/runtime/clock.ts';
import { groupStoreContract } from '../contract/group-store.ts';
import { inlineStoreContract } from '../contract/inline-store.ts';
import { leaseStoreContract } from '../contract/lease-store.ts';
import { pageStoreContract } from '../contract/page-store.ts';
import { producerStoreContract } from '../contract/producer-store.ts';
import type { Subject } from '../contract/subject.ts';
import { topicStoreContract } from '../contract/topic-store.ts';
import { workStoreContract } from '../contract/work-store.ts';
import { scratchTable } from './dynamodb-table.ts';
import { type Emulator, startDynamoDbLocal } from './emulators/dynamodb-local.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startDynamoDbLocal();
});
afterAll(() => emulator?.stop());

const open =
  <Store>(build: (table: DynamoTable) => Store) =>
  async (): Promise<Subject<Store>> => {
    const { table, close } = await scratchTable(emulator);
    return { store: build(table), capabilities: {}, close };
  };

const NAME = 'DynamoDB';
leaseStoreContract(
  NAME,
  open((table) => new DynamoLeaseStore(table)),
);
pageStoreContract(
  NAME,
  open((table) => new DynamoPageStore(table)),
);
producerStoreContract(
  NAME,
  open((table) => new DynamoProducerStore(table)),
);
topicStoreContract(
  NAME,
  open((table) => new DynamoTopicStore(table)),
);
inlineStoreContract(
  NAME,
  open((table) => new DynamoInlineStore(table)),
);
groupStoreContract(
  NAME,
  open((table) => new DynamoGroupStore(table, SYSTEM_CLOCK)),
);
workStoreContract(
  NAME,
  open((table) => new DynamoWorkStore(table)),
);
