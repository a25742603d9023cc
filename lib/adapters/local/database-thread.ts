import type { Worker } from 'node:worker_threads';
import { type ErrorCode, StratalogError } from '../../core/errors.ts';
import { Checkpointer } from './checkpointer.ts';
import type {
  CommandAnswer,
  CommandFailure,
  CommandMessage,
  CommandName,
  Commands,
  InlineSegment,
  LeaseRows,
} from './database-commands.ts';
import { COMMAND_EFFECTS, JOURNAL_ORDER } from './database-commands.ts';
import type { DatabaseThreadData, ThreadMessage, ThreadRequest } from './database-worker.ts';
import { DirectCommits, type Pace } from './direct-commits.ts';
import { type FrameCommands, Journal, type JournalVolumes, type SegmentNews, type WrittenFrame } from './journal.ts';
import { storageError } from './storage-error.ts';
import { startThread } from './thread.ts';

interface Waiting {
  readonly name: CommandName;
  readonly ask: CommandMessage['ask'];
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
/** More bytes than these are put on disk by another thread: here everybody would wait for them. */
const SYNC_NOW_BYTES_MAX = 256 * 1024;
/** How long frames are without rows at the most, and after how long those that could not be made are tried again, ms. */
const ROWS_AFTER_MS = 500;

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
  /** Messages that the thread has not answered: until then nobody knows whether it holds the right to write. */
  #inThread = 0;
  /** What the thread said last: whether it holds nothing that no commit has covered. */
  #threadSettled = true;
  /** Groups that were carried out here one after the other. */
  #directInRow = 0;
  /** Undefined until there is one, and where nothing is written. */
  #journal: Journal | undefined;
  /** Commands under way in the thread that no frame may go beside. */
  readonly #alone = new Set<number>();
  /** A frame is on its way to the disk; ends when it is there or has failed. */
  #frame: Promise<void> | undefined;
  #rowsTimer: NodeJS.Timeout | undefined;
  #rowsTurn: NodeJS.Immediate | undefined;
  /** Who is to be told of rows of frames that the thread has and no commit, by the command that brought them. */
  readonly #untold = new Map<number, () => void>();
  readonly #news = new Map<InlineSegment, SegmentNews>();

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

  /** Has what can be written as frames of the journal into these volumes written so from now on. */
  async journalInto(volumes: JournalVolumes): Promise<void> {
    this.#journal = new Journal(volumes, await this.call('journal.read', null), this.#news);
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
      this.#waiting.set(id, { name, ask, answer: resolve as (value: never) => void, fail: reject });
      this.#post({ id, name, ask } as CommandMessage);
    });
  }

  /**
   * Hands over a segment that goes with the next commit. It travels with the next command, whatever that is: a message of
   * its own would wake the thread for nothing. Throws what ended the thread.
   */
  stage(ask: InlineSegment, news?: SegmentNews): void {
    if (this.#ended !== undefined) throw this.#ended;
    if (news !== undefined) this.#news.set(ask, news);
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

  /** Reads something small right here by the same rule; undefined where it is not quicker, and where there is nothing. */
  readNow<Value>(read: () => Value | undefined): Value | undefined {
    return this.#ended === undefined ? this.#direct?.read(read) : undefined;
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
    while (this.#frame !== undefined) await this.#frame;
    clearTimeout(this.#rowsTimer);
    this.#rowsTimer = undefined;
    // After a clean stop nobody has to look for frames.
    const last = this.#journal === undefined ? [] : [this.#rowsOf(this.#journal, true)];
    this.#sendToDatabase(this.#outbox.splice(0), last);
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
    // A frame holds what one flush brought, and that is here when no promise is left to go on: what the loop brings next would only come before it.
    if (message.name === 'lease.write' && this.#takesFrames()) process.nextTick(() => this.#send());
    else this.#sendSoon();
  }

  #sendSoon(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    // Commits that are made here take along what the rest of this turn brings; the thread gathers by itself.
    if (this.#isDirect() || this.#takesFrames()) setImmediate(() => this.#send());
    else queueMicrotask(() => this.#send());
  }

  /** Whether this side may write now, since only one of the two can, and should. */
  #isDirect(): boolean {
    if (this.#inThread > 0 || !this.#threadSettled || this.#directInRow >= DIRECT_IN_ROW_MAX) return false;
    return this.#direct?.isQuicker() ?? false;
  }

  /** Whether a frame may be written now: nothing is under way that writes or reads the same. */
  #takesFrames(): boolean {
    if (this.#journal?.isSound !== true || this.#troubled !== undefined || this.#frame !== undefined) return false;
    return this.#alone.size === 0 && this.#threadSettled && (this.#direct?.settled ?? true);
  }

  #send(): void {
    this.#isSending = false;
    if (this.#outbox.every(({ name }) => name === 'inline.stage')) return;
    const request = this.#outbox;
    this.#outbox = [];
    if (this.#frame !== undefined) {
      // What a frame may change waits for its end, all else goes on.
      this.#outbox = request.filter(({ name }) => JOURNAL_ORDER.get(name) === 'alone');
      this.#sendToDatabase(request.filter(({ name }) => JOURNAL_ORDER.get(name) !== 'alone'));
      return;
    }
    const { frame, others } = this.#takesFrames() ? this.#frameOf(request) : { frame: undefined, others: request };
    this.#sendToDatabase(others);
    if (frame !== undefined) this.#writeFrame(frame);
  }

  /** The part of a request that is a frame, and what goes to the database; segments whose record is still to come stay here. */
  #frameOf(request: readonly CommandMessage[]): { readonly frame: FrameCommands | undefined; readonly others: readonly CommandMessage[] } {
    const stages = request.filter((command) => command.name === 'inline.stage');
    const writes = request.filter((command) => command.name === 'lease.write');
    const others = request.filter(({ name }) => name !== 'inline.stage' && name !== 'lease.write');
    if (others.some(({ name }) => JOURNAL_ORDER.get(name) === 'alone' || name.startsWith('inline.')))
      return { frame: undefined, others: request };
    if (writes.length === 0) {
      this.#outbox.push(...stages);
      return { frame: undefined, others };
    }
    const frame = { segments: stages.map(({ ask }) => ask), writes };
    return (this.#journal as Journal).takes(frame) ? { frame, others } : { frame: undefined, others: request };
  }

  #writeFrame(frame: FrameCommands): void {
    const journal = this.#journal as Journal;
    try {
      const written = journal.writeNow(frame);
      if (written === undefined) this.#waitForFrame(frame, journal.write(frame));
      else if (written.bytes > SYNC_NOW_BYTES_MAX || this.#direct?.isQuicker() !== true)
        this.#waitForFrame(frame, Promise.resolve(written));
      else if (this.#syncNow(written)) this.#frameEnded(written);
    } catch (error) {
      this.#frameFailed(frame, error);
    }
  }

  /** False where it failed: after that nobody knows what is on disk. */
  #syncNow(written: WrittenFrame): boolean {
    try {
      this.#direct?.timed(() => (this.#journal as Journal).syncNow(written));
      return true;
    } catch (error) {
      this.#stop(storageError(error, 'the journal'));
      return false;
    }
  }

  #waitForFrame(frame: FrameCommands, writing: Promise<WrittenFrame>): void {
    const wait = async (): Promise<void> => {
      let written: WrittenFrame;
      try {
        written = await writing;
      } catch (error) {
        this.#frame = undefined;
        this.#frameFailed(frame, error);
        return;
      }
      try {
        await (this.#journal as Journal).sync(written);
        this.#frame = undefined;
        this.#frameEnded(written);
      } catch (error) {
        this.#frame = undefined;
        this.#stop(storageError(error, 'the journal'));
      }
    };
    this.#frame = wait().finally(() => {
      if (this.#outbox.length > 0) this.#sendSoon();
    });
  }

  #frameEnded(written: WrittenFrame): void {
    if (this.#ended?.code === 'STORAGE_ERROR') return;
    const journal = this.#journal as Journal;
    journal.noteDurable(written);
    for (const { id, ask } of written.commands.writes) this.#answer(id, ask.keys.map((): true => true) as never);
    if (journal.isDue) this.#makeRowsSoon();
    else this.#makeRowsLater();
  }

  /** In a turn of its own: those who were just answered need not wait until all these rows are copied to the thread. */
  #makeRowsSoon(): void {
    this.#rowsTurn ??= setImmediate(() => {
      this.#rowsTurn = undefined;
      const journal = this.#journal as Journal;
      if (this.#ended === undefined && journal.isDue) this.#sendToDatabase([], [this.#rowsOf(journal)]);
    });
  }

  /** The records are refused; their segments count as stored, so that they go with what is committed next. */
  #frameFailed({ segments, writes }: FrameCommands, cause: unknown): void {
    const error = storageError(cause, 'the journal');
    this.#troubled = error;
    this.#outbox.unshift(...segments.map((ask) => ({ id: 0, name: 'inline.stage' as const, ask })));
    for (const { id } of writes) {
      this.#waiting.get(id)?.fail(error);
      this.#waiting.delete(id);
    }
    this.#makeRowsLater();
  }

  #makeRowsLater(): void {
    this.#rowsTimer ??= setTimeout(() => {
      this.#rowsTimer = undefined;
      const journal = this.#journal as Journal;
      if (this.#ended === undefined && (journal.hasRows || this.#untold.size > 0)) this.#sendToDatabase([], [this.#rowsOf(journal)]);
    }, ROWS_AFTER_MS).unref();
  }

  /** Has a request carried out by the thread, or right here where that is quicker. Rows of frames go ahead of what depends on them. */
  #sendToDatabase(request: readonly CommandMessage[], rows: readonly CommandMessage[] = []): void {
    const journal = this.#journal;
    const isAfter = journal?.hasRows === true && request.some(({ name }) => JOURNAL_ORDER.has(name));
    const whole = [...(isAfter ? [this.#rowsOf(journal)] : rows), ...request];
    if (whole.length === 0) return;
    for (const { name, ask } of request) if (name === 'lease.create' || name === 'lease.remove') journal?.forget(ask.keys);
    const direct = this.#direct;
    if (
      direct !== undefined &&
      (!direct.settled || (this.#isDirect() && !this.#isUnhurried(whole) && isQuicklySynced(whole) && direct.takes(whole)))
    ) {
      this.#directInRow++;
      const answers = direct.run(whole);
      this.#tell(request);
      this.#settleAll(answers);
      return;
    }
    this.#directInRow = 0;
    const isAlone = whole.some(({ name }) => JOURNAL_ORDER.get(name) === 'alone');
    if (isAlone) for (const { id, name } of whole) if (COMMAND_EFFECTS[name] !== 'staged') this.#alone.add(id);
    this.#inThread++;
    this.#worker.postMessage(whole, segmentsOf(whole));
    this.#tell(request);
  }

  /** Nobody waits for index pages that are put, and frames go on beside them: the thread has them. */
  #isUnhurried(request: readonly CommandMessage[]): boolean {
    return this.#journal !== undefined && request.every(({ name }) => name === 'page.put');
  }

  #rowsOf(journal: Journal, last = false): CommandMessage {
    const { rows, onTold } = journal.takeRows(last);
    const id = ++this.#lastId;
    this.#untold.set(id, onTold);
    // Where the thread could not commit rows they go with its next commit.
    const told = (): void => {
      for (const [earlier, tell] of this.#untold) {
        if (earlier > id) break;
        this.#untold.delete(earlier);
        tell();
      }
    };
    this.#waiting.set(id, { name: 'journal.apply', ask: rows, answer: told, fail: () => this.#makeRowsLater() });
    return { id, name: 'journal.apply', ask: rows };
  }

  /** The database has been handed these segments. */
  #tell(request: readonly CommandMessage[]): void {
    for (const { name, ask } of request) {
      if (name !== 'inline.stage') continue;
      const news = this.#news.get(ask);
      this.#news.delete(ask);
      news?.told?.();
    }
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
    this.#inThread -= message.messages;
    this.#threadSettled = message.settled;
    for (const { id } of message.answers) this.#alone.delete(id);
    this.#settleAll(message.answers);
  }

  #settleAll(answers: readonly CommandAnswer[]): void {
    for (const answer of answers) this.#settle(answer);
  }

  #settle(answer: CommandAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    const isWrite = waiting.name === 'lease.write';
    if ('failure' in answer) {
      this.#waiting.delete(answer.id);
      const error = errorOf(answer.failure);
      if (isWrite) this.#journal?.noteWrites(waiting.ask as LeaseRows, undefined);
      if (answer.failure.fatal) this.#stop(error);
      else if (COMMAND_EFFECTS[waiting.name] === 'durable') this.#troubled = error;
      waiting.fail(error);
      return;
    }
    if (isWrite) this.#journal?.noteWrites(waiting.ask as LeaseRows, answer.value as Commands['lease.write']['answer']);
    if (COMMAND_EFFECTS[waiting.name] === 'durable') {
      this.#troubled = undefined;
      this.#checkpointer.noteWrite();
    }
    this.#answer(answer.id, answer.value as never);
  }

  #answer(id: number, value: never): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.answer(value);
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

/** Whether a commit of these puts few bytes on disk beside its own. */
function isQuicklySynced(request: readonly CommandMessage[]): boolean {
  let bytes = 0;
  for (const { name, ask } of request) {
    if (name === 'inline.stage' && ask.crc !== undefined && !(ask.content instanceof Uint8Array)) bytes += ask.content.size;
  }
  return bytes <= SYNC_NOW_BYTES_MAX;
}

function errorOf(failure: CommandFailure): StratalogError {
  return new StratalogError(failure.code, failure.message);
}
