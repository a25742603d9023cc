/** The producer id that a producer asks for once; partitions then count their own epochs and sequences on it. */
import { isStratalogError } from '../core/errors.ts';
import { type BackoffSettings, backoffMs, pause } from './backoff.ts';
import type { Transport } from './transport.ts';

export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export class IdentitySource {
  readonly #transport: Transport;
  readonly #backoff: BackoffSettings;
  readonly #signal: AbortSignal;
  #pending: Promise<ProducerIdentity> | undefined;

  constructor(transport: Transport, backoff: BackoffSettings, signal: AbortSignal) {
    this.#transport = transport;
    this.#backoff = backoff;
    this.#signal = signal;
  }

  /** The identity; asked for at the first call and shared. Rejects when the server refuses for good. */
  current(): Promise<ProducerIdentity> {
    this.#pending ??= this.#ask();
    return this.#pending;
  }

  /** Forgets the identity that was refused, so that the next call asks for another. */
  renew(): void {
    this.#pending = undefined;
  }

  async #ask(): Promise<ProducerIdentity> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#transport.initProducerId({ signal: this.#signal });
      } catch (error) {
        if (this.#signal.aborted || !isStratalogError(error) || !error.retriable) {
          this.#pending = undefined;
          throw error;
        }
        await pause(backoffMs(attempt, this.#backoff, error), this.#signal);
      }
    }
  }
}
