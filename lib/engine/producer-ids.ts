import { PRODUCER_ID_BLOCK } from '../core/limits.ts';
import type { ProducerStore } from '../ports/producer-store.ts';

/** A producer's identity: it is new, so its epoch is 0. */
export interface NewProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** Hands out producer ids from blocks of a thousand; what is left of a block when the process ends is never used. */
export class ProducerIds {
  readonly #store: ProducerStore;
  #next = 0;
  #end = 0;
  #allocating: Promise<void> | undefined;

  constructor(store: ProducerStore) {
    this.#store = store;
  }

  /** Cost: 1 write a thousand. */
  async next(): Promise<NewProducer> {
    while (this.#next >= this.#end) await this.#allocate();
    return { producerId: this.#next++, producerEpoch: 0 };
  }

  #allocate(): Promise<void> {
    this.#allocating ??= this.#store
      .allocateIds(PRODUCER_ID_BLOCK)
      .then((first) => {
        this.#next = first;
        this.#end = first + PRODUCER_ID_BLOCK;
      })
      .finally(() => {
        this.#allocating = undefined;
      });
    return this.#allocating;
  }
}
