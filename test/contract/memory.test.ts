import { MemoryGroupStore } from '../../lib/adapters/memory/group-store.ts';
import { MemoryInlineStore } from '../../lib/adapters/memory/inline-store.ts';
import { MemoryLeaseStore } from '../../lib/adapters/memory/lease-store.ts';
import { MemoryObjectStore } from '../../lib/adapters/memory/object-store.ts';
import { MemoryPageStore } from '../../lib/adapters/memory/page-store.ts';
import { MemoryProducerStore } from '../../lib/adapters/memory/producer-store.ts';
import { MemoryTopicStore } from '../../lib/adapters/memory/topic-store.ts';
import { MemoryWorkStore } from '../../lib/adapters/memory/work-store.ts';
import { SYSTEM_CLOCK } from '../../lib/runtime/clock.ts';
import { groupStoreContract } from './group-store.ts';
import { inlineStoreContract } from './inline-store.ts';
import { leaseStoreContract } from './lease-store.ts';
import { objectStoreContract } from './object-store.ts';
import { pageStoreContract } from './page-store.ts';
import { producerStoreContract } from './producer-store.ts';
import type { Subject } from './subject.ts';
import { topicStoreContract } from './topic-store.ts';
import { workStoreContract } from './work-store.ts';

const fresh =
  <Store>(make: () => Store) =>
  async (): Promise<Subject<Store>> => ({ store: make(), capabilities: {}, close: async () => {} });

leaseStoreContract(
  'memory',
  fresh(() => new MemoryLeaseStore()),
);
pageStoreContract(
  'memory',
  fresh(() => new MemoryPageStore()),
);
producerStoreContract(
  'memory',
  fresh(() => new MemoryProducerStore()),
);
topicStoreContract(
  'memory',
  fresh(() => new MemoryTopicStore()),
);
objectStoreContract(
  'memory',
  fresh(() => new MemoryObjectStore(SYSTEM_CLOCK)),
);
inlineStoreContract(
  'memory',
  fresh(() => new MemoryInlineStore(SYSTEM_CLOCK)),
);
groupStoreContract(
  'memory',
  fresh(() => new MemoryGroupStore()),
);
workStoreContract(
  'memory',
  fresh(() => new MemoryWorkStore()),
);
