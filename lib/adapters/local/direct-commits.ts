import { performance } from 'node:perf_hooks';
import { Database } from './database.ts';
import { COMMAND_EFFECTS, type CommandAnswer, type CommandMessage, type CommandName } from './database-commands.ts';
import { openDatabase } from './database-schema.ts';

/** Commands that read and write a handful of rows, whatever there is: a page or two each, which are in memory as a rule. */
const SHORT: ReadonlySet<CommandName> = new Set<CommandName>([
  'inline.stage',
  'inline.put',
  'lease.read',
  'lease.write',
  'page.put',
  'producer.get',
  'producer.put',
  'group.write',
  'work.mark',
]);
/** Usual time of a commit above which the thread is to do it, ms: others would wait too long for their turn. */
const SLOW_MS = 2;
/** Share of the newest commit in what is usual. */
const NEWEST_SHARE = 1 / 8;
/** How long the thread does all commits once they were slow, ms: at first, and at most, twice as long each time. */
const LEFT_TO_THREAD_MS = 1_000;
const LEFT_TO_THREAD_MS_MAX = 60_000;
/** Commits that are not slow before the next slow one counts as the first. */
const QUICK_AGAIN = 100;
/** A row that takes longer comes from the disk, ms: the thread is to read the next ones. */
const SLOW_ROW_MS = 0.5;
/** How often it is looked how much this thread has to do, ms. */
const LOOK_EVERY_MS = 500;
/**
 * Share of its time that this thread is not idle: while the other one makes the commits, below the first they are tried here; while they
 * are made here, above the second no more. A commit waits for the disk here, so that a thread without idle time does less than it could.
 */
const FREE_BELOW = 0.8;
const TAKEN_ABOVE = 0.9;
/** Looks with time left before the next one without it counts as the first. */
const FREE_AGAIN = 20;

/** What is known of the time that commits and this thread take. */
export interface Pace {
  /** Ms, monotonic. */
  now(): number;
  /** Ms in which this thread was not idle until now, the disk's included. */
  busyMs(): number;
}

const PACE: Pace = {
  now: () => performance.now(),
  busyMs: () => performance.eventLoopUtilization().active,
};

/**
 * Commits on the caller's own thread, over a connection of its own, and rows of segments for those that merge them.
 *
 * A disk that syncs in a fraction of a millisecond is quicker than two messages between threads: with all cores at work each
 * of these waits for a core. So short commands that wait for a commit are carried out right here while the database thread has
 * nothing to do, the disk is quick, and this thread has time: where it has other work, that goes on while the other commits.
 */
export class DirectCommits {
  readonly #path: string;
  readonly #pace: Pace;
  #database: Database | undefined;
  /** Ms of a commit, a moving average. */
  #usualMs = 0;
  /** Until then the thread does it. */
  #leftUntil = Number.NEGATIVE_INFINITY;
  #leftMs = LEFT_TO_THREAD_MS;
  /** Until then the thread reads rows. */
  #rowsFrom = Number.NEGATIVE_INFINITY;
  /** Commits since they were slow. */
  #quickCommits = 0;
  /** What the last look said. */
  #hasTime = true;
  #lookedAt: number;
  #busyMs: number;
  /** How long the thread does all commits once this one had no time for them, ms: twice as long each time. */
  #takenMs = LEFT_TO_THREAD_MS;
  /** Looks since then. */
  #freeLooks = 0;

  constructor(path: string, pace: Pace = PACE) {
    this.#path = path;
    this.#pace = pace;
    this.#lookedAt = pace.now();
    this.#busyMs = pace.busyMs();
  }

  /** False while segments are staged here that no commit has covered: nobody else can write until one has. */
  get settled(): boolean {
    return this.#database?.settled ?? true;
  }

  /** Whether commits are to be made here now, as far as the pace of the disk and of this thread says. */
  isQuicker(): boolean {
    const now = this.#pace.now();
    if (now - this.#lookedAt >= LOOK_EVERY_MS) this.#look(now);
    return this.#hasTime && now >= this.#leftUntil;
  }

  /** Whether a group is one to carry out here: short, and to be committed, so that nothing is left open behind it. */
  takes(group: readonly CommandMessage[]): boolean {
    if (!group.every(({ name }) => SHORT.has(name))) return false;
    return group.some(({ name }) => COMMAND_EFFECTS[name] === 'durable') && this.#open() !== undefined;
  }

  /** Carries out a group as {@link Database.run} does. To be called only for what {@link takes}, and while not {@link settled}. */
  run(group: readonly CommandMessage[]): readonly CommandAnswer[] {
    const startedAt = this.#pace.now();
    const answers = (this.#database as Database).run(group);
    this.#noteCommit(startedAt);
    return answers;
  }

  /** Puts something on disk right here, which is timed as a commit is. */
  timed(work: () => void): void {
    const startedAt = this.#pace.now();
    work();
    this.#noteCommit(startedAt);
  }

  /**
   * The row of a small segment, where this thread has time and rows come from memory; undefined else, and where there is none. The connection is
   * opened for commits alone, which wait until the thread does nothing: opening takes a lock.
   */
  row(lease: string): Uint8Array | undefined {
    return this.read(() => this.#database?.row(lease));
  }

  /** What is read without a wait, by the same rule. */
  read<Value>(read: () => Value | undefined): Value | undefined {
    const startedAt = this.#pace.now();
    if (startedAt < this.#rowsFrom || !this.isQuicker()) return undefined;
    let value: Value | undefined;
    try {
      value = read();
    } catch {
      // What is wrong the thread finds as well, and tells.
    }
    const endedAt = this.#pace.now();
    if (endedAt - startedAt > SLOW_ROW_MS) this.#rowsFrom = endedAt + LEFT_TO_THREAD_MS;
    return value;
  }

  /** Writes what is staged and closes the connection. */
  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #noteCommit(startedAt: number): void {
    const endedAt = this.#pace.now();
    this.#usualMs += (endedAt - startedAt - this.#usualMs) * NEWEST_SHARE;
    if (this.#usualMs > SLOW_MS) {
      this.#leftUntil = endedAt + this.#leftMs;
      this.#leftMs = Math.min(LEFT_TO_THREAD_MS_MAX, 2 * this.#leftMs);
      this.#usualMs = this.#quickCommits = 0;
    } else if (++this.#quickCommits === QUICK_AGAIN) this.#leftMs = LEFT_TO_THREAD_MS;
  }

  #look(now: number): void {
    const busyMs = this.#pace.busyMs();
    const share = (busyMs - this.#busyMs) / (now - this.#lookedAt);
    this.#busyMs = busyMs;
    this.#lookedAt = now;
    if (now < this.#leftUntil) return;
    const hadTime = this.#hasTime;
    this.#hasTime = share < (hadTime ? TAKEN_ABOVE : FREE_BELOW);
    if (this.#hasTime) {
      if (++this.#freeLooks === FREE_AGAIN) this.#takenMs = LEFT_TO_THREAD_MS;
    } else if (hadTime) {
      this.#leftUntil = now + this.#takenMs;
      this.#takenMs = Math.min(LEFT_TO_THREAD_MS_MAX, 2 * this.#takenMs);
      this.#freeLooks = 0;
    }
  }

  /** The connection, opened when it is first needed; where it cannot be, the thread has one. */
  #open(): Database | undefined {
    if (this.#database !== undefined) return this.#database;
    try {
      const db = openDatabase(this.#path);
      // The end of the log is moved by the thread: here everybody would wait for it.
      db.exec('PRAGMA wal_autocheckpoint = 0');
      this.#database = new Database(db, this.#path);
    } catch {
      this.#leftUntil = Number.POSITIVE_INFINITY;
    }
    return this.#database;
  }
}
