/**
 * A histogram that a Prometheus registry reads. The library's own takes 3 us for a value, since it looks for the place of each by the
 * text of its labels and of its bound; where thousands of values come in a second, that is a wait for somebody.
 */
import type { Labels } from '../ports/telemetry.ts';

/** What one label set has come to. */
export interface Tally {
  readonly labels: Labels;
  /** Of all values. */
  sum: number;
  /** How many were at most the bound of the same place, and more than the one before; the last holds those above all bounds. */
  readonly counts: Float64Array;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export class Distribution {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #bounds: readonly number[];
  #tallies: Tally[] = [];

  /** `bounds` ascend. */
  constructor({ name, help }: { readonly name: string; readonly help: string }, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
  }

  /** Where the values of a label set are added up from now on. */
  tally(labels: Labels): Tally {
    const tally = { labels, sum: 0, counts: new Float64Array(this.#bounds.length + 1) };
    this.#tallies.push(tally);
    return tally;
  }

  observe(tally: Tally, value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    tally.counts[at] = (tally.counts[at] as number) + 1;
    tally.sum += value;
  }

  /** What the registry asks for. */
  async get(): Promise<Pick<Distribution, 'name' | 'help' | 'type' | 'aggregator'> & { readonly values: readonly Sample[] }> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.#tallies.flatMap((tally) => this.#samplesOf(tally)) };
  }

  reset(): void {
    this.#tallies = [];
  }

  #samplesOf({ labels, sum, counts }: Tally): Sample[] {
    const bucket = `${this.name}_bucket`;
    let count = 0;
    const samples = [...this.#bounds, '+Inf'].map((le, at): Sample => {
      count += counts[at] as number;
      return { metricName: bucket, labels: { le, ...labels }, value: count };
    });
    return [...samples, { metricName: `${this.name}_sum`, labels, value: sum }, { metricName: `${this.name}_count`, labels, value: count }];
  }
}
