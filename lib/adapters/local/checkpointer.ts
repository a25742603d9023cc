import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { StratalogError } from '../../core/errors.ts';
import type { CheckpointReport, CheckpointRequest } from './checkpoint-worker.ts';
import { startThread } from './thread.ts';

/** The worker's file as it is run: the source itself, or what a build made of it. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.js', import.meta.url);

/**
 * Writes after which the log is moved: some 200 pages, about a millisecond of work. With 500 it is 4 ms, which the slowest of a
 * hundred commits waits for at several hundred a second.
 */
const WRITES_BETWEEN = 50;

/** Has the write-ahead log moved into the database now and then. Its thread is started when it is first needed. */
export class Checkpointer {
  readonly #path: string;
  readonly #onFatal: (error: StratalogError) => void;
  #worker: Worker | undefined;
  #writes = 0;
  #moving = false;

  constructor(path: string, onFatal: (error: StratalogError) => void) {
    this.#path = path;
    this.#onFatal = onFatal;
  }

  /** To be called for every write that was committed. */
  noteWrite(): void {
    if (++this.#writes < WRITES_BETWEEN || this.#moving) return;
    this.#writes = 0;
    this.#moving = true;
    this.#worker ??= this.#start();
    this.#worker.postMessage('move' satisfies CheckpointRequest);
  }

  /** Ends the thread. The database is to be closed after it, so that the last one to close leaves no log behind. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    this.#moving = true;
    const exited = once(worker, 'exit');
    worker.postMessage('close' satisfies CheckpointRequest);
    await exited;
  }

  #start(): Worker {
    const worker = startThread(WORKER, { path: this.#path });
    worker.on('message', ({ failure }: CheckpointReport) => {
      this.#moving = false;
      // A sync that failed once may report success the next time without having written.
      if (failure?.fatal) this.#onFatal(new StratalogError(failure.code, failure.message));
    });
    worker.on('error', (error) =>
      this.#onFatal(new StratalogError('STORAGE_ERROR', `the checkpoint thread failed: ${error.message}`, {}, error)),
    );
    return worker;
  }
}
