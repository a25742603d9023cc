/** Tells when everything that was under way at a moment is settled, without keeping a list of records. */

interface Generation {
  open: number;
  readonly done: Promise<void>;
  readonly finish: () => void;
}

export class FlushBarrier {
  #current = newGeneration();
  #earlier: Generation[] = [];

  /** Counts one more thing under way; call the answer once when it is settled. */
  enter(): () => void {
    const generation = this.#current;
    generation.open++;
    return () => {
      generation.open--;
      if (generation.open === 0 && generation !== this.#current) this.#finish(generation);
    };
  }

  /** Resolves when everything that entered before this call has left. */
  async wait(): Promise<void> {
    if (this.#current.open > 0) {
      this.#earlier.push(this.#current);
      this.#current = newGeneration();
    }
    await Promise.all(this.#earlier.map((generation) => generation.done));
  }

  #finish(generation: Generation): void {
    this.#earlier = this.#earlier.filter((other) => other !== generation);
    generation.finish();
  }
}

function newGeneration(): Generation {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: 0, done: promise, finish: resolve };
}
