import { type PartitionKey, type ProducerId, partitionName } from '../../core/ids.ts';
import type { ProducerState } from '../../core/lease-record.ts';
import { PRODUCER_EXPIRY_MS } from '../../core/limits.ts';
import { decodeProducer, encodeProducer } from '../../format/producer-codec.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ProducerStore } from '../../ports/producer-store.ts';
import type { DatabaseThread } from './database-thread.ts';

/** Producers that left a lease record, as rows. Expired ones of a partition go when the next one is put. */
export class LocalProducerStore implements ProducerStore {
  readonly #thread: DatabaseThread;
  readonly #clock: Clock;

  constructor(thread: DatabaseThread, clock: Clock) {
    this.#thread = thread;
    this.#clock = clock;
  }

  async get(key: PartitionKey, producerIds: readonly ProducerId[]): Promise<readonly (ProducerState | undefined)[]> {
    if (producerIds.length === 0) return [];
    const states = await this.#thread.call('producer.get', { key: partitionName(key), ids: producerIds });
    return states.map((state) => (state === null ? undefined : decodeProducer(state)));
  }

  async put(key: PartitionKey, states: readonly ProducerState[], version: number): Promise<void> {
    if (states.length === 0) return;
    await this.#thread.call('producer.put', {
      key: partitionName(key),
      version,
      ids: states.map(({ producerId }) => producerId),
      lastUsedMs: states.map(({ lastUsedMs }) => lastUsedMs),
      states: states.map(encodeProducer),
      expiredBeforeMs: this.#clock.now() - PRODUCER_EXPIRY_MS,
    });
  }

  allocateIds(count: number): Promise<ProducerId> {
    return this.#thread.call('producer.allocate', { count });
  }
}
