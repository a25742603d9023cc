/** Writes down what clients do and see. */
import type { HistoryOperation } from './history.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';

type Draft<Kind extends HistoryOperation> = Omit<Kind, 'began' | 'ended'>;

export class Recorder {
  readonly operations: HistoryOperation[] = [];
  readonly #scheduler: Scheduler;
  readonly #open = new Map<HistoryOperation, SimProcess>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  begin<Kind extends HistoryOperation>(process: SimProcess, draft: Draft<Kind>): Kind {
    const operation = { ...draft, began: this.#scheduler.nextTick(), ended: Number.POSITIVE_INFINITY } as unknown as Kind;
    this.operations.push(operation);
    this.#open.set(operation, process);
    return operation;
  }

  end(operation: HistoryOperation, what: string): void {
    operation.ended = this.#scheduler.nextTick();
    this.#open.delete(operation);
    this.#scheduler.trace.add(this.#scheduler.nowMs, `  ${operation.client} ${what}`);
  }

  /** Whether somebody waits for an answer. */
  get isWaiting(): boolean {
    for (const operation of this.#open.keys()) if (operation.kind !== 'own') return true;
    return false;
  }

  /** A line in the trace. */
  note(what: string): void {
    this.#scheduler.trace.add(this.#scheduler.nowMs, `  ${what}`);
  }

  /** The process died: what it waited for will never be answered, and nobody minds. */
  died(process: SimProcess): void {
    for (const [operation, owner] of this.#open) {
      if (owner !== process) continue;
      if (operation.kind === 'produce') operation.outcome = { kind: 'killed' };
      else operation.ended = this.#scheduler.nextTick();
      this.#open.delete(operation);
    }
  }
}
