import type { PartitionKey, ProducerId } from '../../core/ids.ts';
import { partitionName } from '../../core/ids.ts';
import type { ProducerState } from '../../core/lease-record.ts';
import type { ProducerStore } from '../../ports/producer-store.ts';

/** Producers moved out of lease records, in a map. */
export class MemoryProducerStore implements ProducerStore {
  readonly #states = new Map<string, { readonly state: ProducerState; readonly version: number }>();
  #nextId = 0;

  async get(key: PartitionKey, producerIds: readonly ProducerId[]): Promise<readonly (ProducerState | undefined)[]> {
    return producerIds.map((id) => this.#states.get(`${partitionName(key)}#${id}`)?.state);
  }

  async put(key: PartitionKey, states: readonly ProducerState[], version: number): Promise<void> {
    for (const state of states) {
      const name = `${partitionName(key)}#${state.producerId}`;
      const stored = this.#states.get(name);
      if (stored === undefined || stored.version < version) this.#states.set(name, { state, version });
    }
  }

  async allocateIds(count: number): Promise<ProducerId> {
    const first = this.#nextId;
    this.#nextId += count;
    return first;
  }
}
