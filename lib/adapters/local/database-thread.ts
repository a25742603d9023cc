import type { Worker } from 'node:worker_threads';
import { type ErrorCode, StratalogError } from '../../core/errors.ts';
import { Checkpointer } from './checkpointer.ts';
import type { CommandAnswer, CommandFailure, CommandMessage, CommandName, Commands } from './database-commands.ts';
import { COMMAND_EFFECTS } from './database-commands.ts';
import type { DatabaseThreadData, ThreadMessage, ThreadRequest } from './database-worker.ts';
import { DirectCommits, type Pace } from './direct-commits.ts';
import { startThread } from './thread.ts';

interface Waiting {
  readonly name: CommandName;
  readonly answer: (value: never) => void;
  readonly fail: (error: StratalogError) => void;
}

/** The worker's file as it is run: the source itself, or what a build made of it. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? './database-worker.ts' : './database-worker.js', import.meta.url);

/**
 * Groups after which the thread gets one: with its commit goes the end of the write-ahead log, which takes some milliseconds
 * now and then.
 */
const DIRECT_IN_ROW_MAX = 500;

/**
 * The database as the main thread sees it. Commands of one turn of the event loop travel as one message; the thread
 * answers them in order. Where the thread has nothing to do, short ones are carried out right here instead, so that
 * the order stays that of the calls.
 */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #onFatal: (error: StratalogError) => void;
  readonly #waiting = new Map<number, Waiting>();
  #outbox: CommandMessage[] = [];
  /** At the end of this turn the outbox is sent. */
  #isSending = false;
  #lastId = 0;
  #ended: StratalogError | undefined;
  #troubled: StratalogError | undefined;
  #closed: (() => void) | undefined;
  readonly #checkpointer: Checkpointer;
  /** Undefined where nothing is written. */
  readonly #direct: DirectCommits | undefined;
  /** Commands that the thread has not answered. */
  #inThread = 0;
  /** What the thread said last: whether it holds nothing that no commit has covered. */
  #threadSettled = true;
  /** Groups that were carried out here one after the other. */
  #directInRow = 0;

  private constructor(
    worker: Worker,
    { path, readFrom }: DatabaseThreadData,
    onFatal: (error: StratalogError) => void,
    pace: Pace | undefined,
  ) {
    this.#worker = worker;
    this.#onFatal = onFatal;
    this.#checkpointer = new Checkpointer(path, (error) => this.#stop(error));
    this.#direct = readFrom === undefined ? new DirectCommits(path, pace) : undefined;
    worker.on('message', (message: ThreadMessage) => this.#receive(message));
    worker.on('error', (error) =>
      this.#stop(new StratalogError('STORAGE_ERROR', `the database thread failed: ${error.message}`, {}, error)),
    );
  }

  /** Starts the thread and opens the database. Throws STORAGE_ERROR when it cannot be opened. */
  static async open(data: DatabaseThreadData, onFatal: (error: StratalogError) => void, pace?: Pace): Promise<DatabaseThread> {
    const worker = startThread(WORKER, data);
    const first = await new Promise<ThreadMessage>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if (first.kind === 'open') {
      const thread = new DatabaseThread(worker, data, onFatal, pace);
      if (data.readFrom !== undefined) thread.#troubled = new StratalogError('STORAGE_READ_ONLY', `${data.path} cannot be written`);
      return thread;
    }
    await worker.terminate();
    const failed = first.kind === 'failed' ? first : { code: 'STORAGE_ERROR', message: `${data.path}: the thread did not start` };
    throw new StratalogError(failed.code as ErrorCode, failed.message, { path: data.path });
  }

  /** Why the last write failed, until one succeeds; a full disk for instance. */
  get troubled(): StratalogError | undefined {
    return this.#troubled;
  }

  /** Carries out a command. Rejects with STORAGE_FULL, STORAGE_READ_ONLY, STORAGE_ERROR or CLOSED. */
  call<Name extends CommandName>(name: Name, ask: Commands[Name]['ask']): Promise<Commands[Name]['answer']> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise<Commands[Name]['answer']>((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { name, answer: resolve as (value: never) => void, fail: reject });
      this.#post({ id, name, ask } as CommandMessage);
    });
  }

  /**
   * Hands over a segment that goes with the next commit. It travels with the next command, whatever that is: a message of
   * its own would wake the thread for nothing. Throws what ended the thread.
   */
  stage(ask: Commands['inline.stage']['ask']): void {
    if (this.#ended !== undefined) throw this.#ended;
    this.#outbox.push({ id: 0, name: 'inline.stage', ask });
  }

  /**
   * A small segment's row, read right here where that is quicker than two messages. Undefined where it is not, and for what is not on
   * disk or no row: then the thread is to be asked.
   */
  rowNow(lease: string): Uint8Array | undefined {
    if (this.#ended !== undefined) return undefined;
    return this.#direct?.row(lease);
  }

  /** Finishes what was asked, closes the database and ends the thread. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) {
      await this.#checkpointer.close();
      await this.#worker.terminate();
      return;
    }
    this.#send();
    this.#ended = new StratalogError('CLOSED', 'the data folder is closed');
    await this.#checkpointer.close();
    this.#closeDirect();
    await new Promise<void>((resolve) => {
      this.#closed = resolve;
      this.#worker.postMessage('close' satisfies ThreadRequest);
    });
    await this.#worker.terminate();
  }

  #post(message: CommandMessage): void {
    this.#outbox.push(message);
    if (this.#isSending) return;
    this.#isSending = true;
    // Commits that are made here take along what the rest of this turn brings; the thread gathers by itself.
    if (this.#isDirect()) setImmediate(() => this.#send());
    else queueMicrotask(() => this.#send());
  }

  /** Whether this side may write now, since only one of the two can, and should. */
  #isDirect(): boolean {
    if (this.#inThread > 0 || !this.#threadSettled || this.#directInRow >= DIRECT_IN_ROW_MAX) return false;
    return this.#direct?.isQuicker() ?? false;
  }

  #send(): void {
    this.#isSending = false;
    if (this.#outbox.length === 0) return;
    const request: ThreadRequest = this.#outbox;
    this.#outbox = [];
    const direct = this.#direct;
    if (direct !== undefined && (!direct.settled || (this.#isDirect() && direct.takes(request)))) {
      this.#directInRow++;
      this.#settleAll(direct.run(request));
      return;
    }
    this.#directInRow = 0;
    for (const { name } of request) if (COMMAND_EFFECTS[name] !== 'staged') this.#inThread++;
    this.#worker.postMessage(request, segmentsOf(request));
  }

  #closeDirect(): void {
    try {
      this.#direct?.close();
    } catch (error) {
      this.#stop(new StratalogError('STORAGE_ERROR', `closing the database failed: ${String(error)}`, {}, error));
    }
  }

  #receive(message: ThreadMessage): void {
    if (message.kind === 'closed') this.#closed?.();
    if (message.kind !== 'answers') return;
    this.#inThread -= message.answers.length;
    this.#threadSettled = message.settled;
    this.#settleAll(message.answers);
  }

  #settleAll(answers: readonly CommandAnswer[]): void {
    for (const answer of answers) this.#settle(answer);
  }

  #settle(answer: CommandAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if ('failure' in answer) {
      const error = errorOf(answer.failure);
      if (answer.failure.fatal) this.#stop(error);
      else if (COMMAND_EFFECTS[waiting.name] === 'durable') this.#troubled = error;
      waiting.fail(error);
      return;
    }
    if (COMMAND_EFFECTS[waiting.name] === 'durable') {
      this.#troubled = undefined;
      this.#checkpointer.noteWrite();
    }
    waiting.answer(answer.value as never);
  }

  /** After a failed sync nobody knows what is on disk: nothing is asked of the database any more. */
  #stop(error: StratalogError): void {
    if (this.#ended?.code === 'STORAGE_ERROR') return;
    this.#ended = error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(error);
    this.#closed?.();
    this.#onFatal(error);
  }
}

/** The memory of segments changes hands, where all else is copied; `joined` in the inline store made it for that. */
function segmentsOf(request: readonly CommandMessage[]): ArrayBuffer[] {
  const segments: ArrayBuffer[] = [];
  for (const { name, ask } of request) {
    if (name !== 'inline.stage' && name !== 'inline.put') continue;
    const { content } = ask;
    if (content instanceof Uint8Array && content.buffer instanceof ArrayBuffer) segments.push(content.buffer);
  }
  return segments;
}

function errorOf(failure: CommandFailure): StratalogError {
  return new StratalogError(failure.code, failure.message);
}
