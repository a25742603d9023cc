/**
 * A producer that was moved out of a lease record: `v` the record's version it was decided on, `q` the packed state,
 * `ttl` seconds since the epoch after which DynamoDB removes it for nothing.
 */
import type { PartitionKey } from '../../core/ids.ts';
import type { ProducerState } from '../../core/lease-record.ts';
import { PRODUCER_EXPIRY_MS } from '../../core/limits.ts';
import { decodeProducer, encodeProducer } from '../../format/producer-codec.ts';
import { binary, binaryIn, type Item, number } from './item.ts';
import { type ItemKey, producerKey } from './key-space.ts';

export function toItem(
  partition: PartitionKey,
  state: ProducerState,
  version: number,
): { readonly key: ItemKey; readonly attributes: Item } {
  const expiresAtMs = state.lastUsedMs + PRODUCER_EXPIRY_MS;
  return {
    key: producerKey(partition, state.producerId),
    attributes: { v: number(version), q: binary(encodeProducer(state)), ttl: number(Math.ceil(expiresAtMs / 1000)) },
  };
}

export function fromItem(item: Item): ProducerState {
  return decodeProducer(binaryIn(item, 'q'));
}
