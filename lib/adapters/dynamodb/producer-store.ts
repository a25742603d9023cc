import type { PartitionKey, ProducerId } from '../../core/ids.ts';
import type { ProducerState } from '../../core/lease-record.ts';
import type { ProducerStore } from '../../ports/producer-store.ts';
import { beforeVersion } from './conditions.ts';
import { PRODUCER_IDS_KEY, producerKey } from './key-space.ts';
import { fromItem, toItem } from './producer-item.ts';
import { type DynamoTable, inParallel } from './table.ts';

/** Producers moved out of lease records, and the counter of producer ids. */
export class DynamoProducerStore implements ProducerStore {
  readonly #table: DynamoTable;

  constructor(table: DynamoTable) {
    this.#table = table;
  }

  async get(partition: PartitionKey, producerIds: readonly ProducerId[]): Promise<readonly (ProducerState | undefined)[]> {
    const items = await this.#table.getMany(producerIds.map((id) => producerKey(partition, id)));
    return items.map((item) => item && fromItem(item));
  }

  async put(partition: PartitionKey, states: readonly ProducerState[], version: number): Promise<void> {
    await inParallel(states, (state) => {
      const { key, attributes } = toItem(partition, state, version);
      // Refused by a later version, or by this one that was put already: both are as they should be.
      return this.#table.put(key, attributes, beforeVersion(version));
    });
  }

  async allocateIds(count: number): Promise<ProducerId> {
    return (await this.#table.add(PRODUCER_IDS_KEY, count)) - count;
  }
}
