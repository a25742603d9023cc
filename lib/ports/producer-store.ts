import type { PartitionKey, ProducerId } from '../core/ids.ts';
import type { ProducerState } from '../core/lease-record.ts';

/** Producers that were moved out of a lease record, and the counter that hands out producer ids. */
export interface ProducerStore {
  /** What was stored of these producers, undefined where nothing is. Strongly consistent. Cost: 1 read a producer. */
  get(key: PartitionKey, producerIds: readonly ProducerId[]): Promise<readonly (ProducerState | undefined)[]>;

  /**
   * Stores states decided on version `version` of the lease record. A state stored for a later version stays as it is.
   * May be repeated. Items expire by themselves a day after `lastUsedMs`. Cost: 1 write a producer.
   */
  put(key: PartitionKey, states: readonly ProducerState[], version: number): Promise<void>;

  /** Takes `count` ids that nobody else gets, ever, and answers the first. A lost answer wastes them. Cost: 1 write. */
  allocateIds(count: number): Promise<ProducerId>;
}
