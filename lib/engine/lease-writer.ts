import type { LeaseStore, LeaseWrite, LeaseWriteOutcome } from '../ports/lease-store.ts';

/**
 * Gathers the lease writes of one turn into one call of the store, so that a flush over many partitions is one
 * transaction where the store can make it one.
 */
export class LeaseWriter {
  readonly #store: LeaseStore;
  #waiting: { readonly write: LeaseWrite; readonly answer: (outcome: LeaseWriteOutcome) => void }[] = [];

  constructor(store: LeaseStore) {
    this.#store = store;
  }

  /** Never rejects: a failure of the call is the outcome `unknown` of each write in it. */
  write(write: LeaseWrite): Promise<LeaseWriteOutcome> {
    return new Promise((answer) => {
      this.#waiting.push({ write, answer });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    const sent = this.#waiting;
    this.#waiting = [];
    try {
      const outcomes = await this.#store.write(sent.map(({ write }) => write));
      for (const [i, { answer }] of sent.entries()) answer(outcomes[i] ?? { kind: 'unknown', cause: 'no outcome' });
    } catch (cause) {
      for (const { answer } of sent) answer({ kind: 'unknown', cause });
    }
  }
}
