import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFolder, openDataFolder } from '../../lib/adapters/local/data-folder.ts';
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

const open =
  <Store>(pick: (data: DataFolder) => Store) =>
  async (): Promise<Subject<Store>> => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-contract-'));
    const data = await openDataFolder({
      folder,
      clock: SYSTEM_CLOCK,
      onFatal(error) {
        throw error;
      },
    });
    return {
      store: pick(data),
      capabilities: {},
      async close() {
        await data.close();
        await rm(folder, { recursive: true });
      },
    };
  };

leaseStoreContract(
  'local',
  open((data) => data.leases),
);
pageStoreContract(
  'local',
  open((data) => data.pages),
);
producerStoreContract(
  'local',
  open((data) => data.producers),
);
topicStoreContract(
  'local',
  open((data) => data.topics),
);
objectStoreContract(
  'local',
  open((data) => data.zones[0]?.objects as NonNullable<(typeof data.zones)[0]>['objects']),
);
inlineStoreContract(
  'local',
  open((data) => data.inline),
);
groupStoreContract(
  'local',
  open((data) => data.groups),
);
workStoreContract(
  'local',
  open((data) => data.work),
);
