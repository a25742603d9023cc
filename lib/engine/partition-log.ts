/**
 * The order of grants in one partition, as seen from one process.
 *
 * Pieces (one segment's batches for this partition) that share a producer are granted in the order they arrived, whatever
 * order their uploads end in, and nobody waits for the slow upload of a stranger. Batches without a producer count as those
 * of one, since one client may have sent them. At most one attempt is in flight; every piece that is ready rides in the next.
 */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import {
  cutTail,
  type GrantDecision,
  type GrantRequest,
  grant,
  type KnownProducers,
  type RequestAnswer,
  resolveInRecord,
  type TailCut,
} from '../core/grant.ts';
import { FLOOR_DELETED, type LeaseId, type Offset, type PartitionKey, type ProducerId, partitionName } from '../core/ids.ts';
import { type IndexPage, pageEnd, pageOfTail } from '../core/index-page.ts';
import { entryAt, type LeaseRecord, type ProducerState, tailBase } from '../core/lease-record.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { PageStore } from '../ports/page-store.ts';
import type { ProducerStore } from '../ports/producer-store.ts';
import type { Random } from '../ports/random.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import type { LeaseWriter } from './lease-writer.ts';

/** How a piece ended: answers per batch, or the reason why nothing was decided. */
export type PieceEnd =
  | { readonly kind: 'answered'; readonly answer: RequestAnswer; readonly start: Offset }
  | { readonly kind: 'failed'; readonly error: StratalogError };

/** One segment's batches for one partition, on their way to their offsets. */
export interface Piece {
  /** Set once the segment is durable; a piece without it holds its place, and those of its producers behind it wait. */
  request: GrantRequest | undefined;
  readonly end: (end: PieceEnd) => void;
  /** Uploads the same batches again under a new lease, above this floor; the piece keeps its place. */
  readonly uploadAgain: (floor: LeaseId) => void;
  /** The idempotent producers among its batches. */
  readonly producerIds: ReadonlySet<ProducerId>;
  /** Whether some of its batches name no producer. */
  readonly anonymous: boolean;
  /** `monotonic()` after which nobody waits for the answer. */
  readonly deadline: number;
}

export interface PartitionPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly leases: LeaseStore;
  readonly pages: PageStore;
  readonly producers: ProducerStore;
  readonly writer: LeaseWriter;
  /** Told after each grant of this process, with the record as it then was. */
  readonly onGranted: (key: PartitionKey, record: LeaseRecord) => void;
  /** Told when a page was put, so that maintenance finds its work. */
  readonly onRolled: (key: PartitionKey) => void;
}

type Decided = Extract<GrantDecision, { kind: 'decided' }>;
type Resolution = 'applied' | 'dead' | 'unknown';

/** Causes of an unknown outcome that say that the attempt was not applied and never will be. */
const HOPELESS = ['STORAGE_FULL', 'STORAGE_READ_ONLY', 'ACCESS_DENIED'] as const;
const BACKOFF_FIRST_MS = 2;
const BACKOFF_MAX_MS = 2_000;

export class PartitionLog {
  readonly #key: PartitionKey;
  readonly #ports: PartitionPorts;
  readonly #queue: Piece[] = [];
  /** The newest copy of the record that a store's answer gave us. */
  #record: LeaseRecord | undefined;
  #known: KnownProducers | undefined;
  #cut: TailCut | undefined;
  #rolling: Promise<void> | undefined;
  #working = false;
  #stopped = false;

  constructor(key: PartitionKey, ports: PartitionPorts) {
    this.#key = key;
    this.#ports = ports;
  }

  /** True when nothing is queued or in flight, so that the object may be dropped. */
  get idle(): boolean {
    return !this.#working && this.#queue.length === 0 && this.#rolling === undefined;
  }

  /** Takes the piece's place in the order; its `request` may still be missing. */
  enqueue(piece: Piece): void {
    this.#queue.push(piece);
  }

  /** Called when a piece became ready. */
  kick(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  /** Takes out a piece that will never be ready, so that those behind it go on. */
  drop(piece: Piece): void {
    const at = this.#queue.indexOf(piece);
    if (at >= 0) this.#queue.splice(at, 1);
    this.kick();
  }

  /** Stops trying; pieces whose fate is open end with CLOSED. */
  stop(): void {
    this.#stopped = true;
  }

  async #work(): Promise<void> {
    try {
      for (let ready = this.#takeReady(); ready.length > 0; ready = this.#takeReady()) await this.#grantAll(ready);
    } finally {
      this.#working = false;
    }
    if (this.#queue[0]?.request !== undefined) this.kick();
  }

  /**
   * The pieces that are durable and have nobody of their producers before them who is not, as many as keep the record within
   * its producers and its tail. They stay in the queue until they have ended. Each is an entry of the tail; a tail is cut to
   * `max - roll` entries at worst, so more than `roll` pieces might never fit, however often it is rolled.
   */
  #takeReady(): Piece[] {
    const now = this.#ports.clock.monotonic();
    const { tailEntriesRoll, tailEntriesMax, producersMax } = this.#ports.leases.capacity;
    const piecesMax = Math.max(1, Math.min(tailEntriesRoll, tailEntriesMax - tailEntriesRoll));
    const ready: Piece[] = [];
    const producerIds = new Set<ProducerId>();
    const held = new HeldProducers();
    for (let at = 0; ready.length < piecesMax; ) {
      const piece = this.#queue[at];
      if (piece === undefined) break;
      if (now > piece.deadline) {
        // No attempt was made for it, so it is certain that it has no offset.
        this.#queue.splice(at, 1);
        piece.end({ kind: 'failed', error: timedOut('the segment had no offsets yet when the request ended') });
        continue;
      }
      at++;
      if (piece.request === undefined || held.holds(piece)) {
        held.add(piece);
        continue;
      }
      for (const id of piece.producerIds) producerIds.add(id);
      if (ready.length > 0 && producerIds.size > producersMax) break;
      ready.push(piece);
    }
    return ready;
  }

  async #grantAll(ready: readonly Piece[]): Promise<void> {
    try {
      const done = await this.#decideAndWrite(ready);
      if (done === undefined) return;
      for (const [i, piece] of ready.entries()) this.#finish(piece, done.answers[i] as RequestAnswer, done.record);
    } catch (error) {
      const failure = isStratalogError(error)
        ? error
        : new StratalogError('STORAGE_ERROR', `granting offsets failed: ${String(error)}`, {}, error);
      this.#endAll(ready, failure);
    }
  }

  #finish(piece: Piece, answer: RequestAnswer, record: LeaseRecord): void {
    if (answer.kind === 'fenced' && this.#ports.clock.monotonic() < piece.deadline) {
      piece.request = undefined;
      piece.uploadAgain(answer.floor);
      return;
    }
    this.#queue.splice(this.#queue.indexOf(piece), 1);
    if (answer.kind === 'fenced') {
      piece.end({ kind: 'failed', error: timedOut('the segment was fenced and the request ended before it was uploaded again') });
    } else piece.end({ kind: 'answered', answer, start: record.start });
  }

  #endAll(pieces: readonly Piece[], error: StratalogError): void {
    for (const piece of pieces) {
      const at = this.#queue.indexOf(piece);
      if (at >= 0) this.#queue.splice(at, 1);
      piece.end({ kind: 'failed', error });
    }
  }

  /** Decides on the newest copy and writes, until the store has applied a decision or nothing needs to be written. */
  async #decideAndWrite(ready: readonly Piece[]): Promise<Decided | undefined> {
    const requests = ready.map((piece) => piece.request as GrantRequest);
    let fresh = false;
    for (let tries = 0; ; tries++) {
      if (this.#stopped) throw new StratalogError('CLOSED', 'the log was closed before the offsets were granted');
      if (this.#record === undefined) {
        this.#record = await this.#read();
        fresh = true;
      }
      const record = this.#record;
      const decision = grant(record, requests, this.#context());
      if (decision.kind === 'needs-producers') {
        await this.#readProducers(record, decision.producerIds);
        continue;
      }
      if (decision.kind === 'needs-roll') {
        const cut = cutTail(record, this.#cut);
        if (cut !== record) {
          await this.#writeCut(record, cut, tries);
          continue;
        }
        await this.#roll(record);
        if (tries > 0) this.#record = undefined;
        continue;
      }
      if (decision.grantedSpan === 0) {
        // What is refused on an old copy may be right by now: look before saying no.
        if (fresh || !decision.answers.some(isDoubtful)) return decision;
        this.#record = undefined;
        continue;
      }
      if (decision.evicted.length > 0) await this.#ports.producers.put(this.#key, decision.evicted, record.version);
      const resolution = await this.#write(record, decision, firstGranted(requests, decision));
      fresh = false;
      if (resolution === 'applied') return decision;
      if (resolution === 'unknown') {
        const error = timedOut('the store gave no answer whether the offsets were granted, and the index cannot tell any more');
        this.#endAll(ready, error);
        return undefined;
      }
      fresh = true;
      await this.#backOff(tries);
    }
  }

  #context(): Parameters<typeof grant>[2] {
    return {
      nowMs: this.#ports.clock.now(),
      limits: this.#ports.leases.capacity,
      ...(this.#known === undefined ? {} : { known: this.#known }),
      ...(this.#cut === undefined ? {} : { cut: this.#cut }),
    };
  }

  async #read(): Promise<LeaseRecord> {
    const [record] = await this.#ports.leases.read([this.#key]);
    if (record !== undefined) return record;
    throw new StratalogError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partitionName(this.#key)} does not exist`, {
      partition: this.#key.partition,
    });
  }

  async #readProducers(record: LeaseRecord, ids: readonly ProducerId[]): Promise<void> {
    const states = await this.#ports.producers.get(this.#key, ids);
    const kept = this.#known?.evictions === record.evictions ? this.#known.states : new Map<ProducerId, ProducerState | null>();
    this.#known = { evictions: record.evictions, states: new Map([...kept, ...ids.map((id, i) => [id, states[i] ?? null] as const)]) };
  }

  /** Sends one attempt until it is known what became of it. The attempt is bound to the version it was decided on. */
  async #write(decidedOn: LeaseRecord, decision: Decided, attempt: { base: Offset; lease: LeaseId }): Promise<Resolution> {
    for (let tries = 0; ; tries++) {
      const outcome = await this.#ports.writer.write({ key: this.#key, expected: decidedOn.version, record: decision.record });
      if (outcome.kind === 'applied') {
        this.#applied(decision.record);
        return 'applied';
      }
      this.#ports.telemetry.count('grant_retries_total', 1, { outcome: outcome.kind });
      // A full disk or a missing permission is an answer: nothing was applied, and the caller should hear it at once.
      if (tries === 0 && outcome.kind === 'unknown' && isStratalogError(outcome.cause, ...HOPELESS)) throw outcome.cause;
      const current = outcome.kind === 'refused' ? outcome.current : await this.#readAfterSilence(tries);
      if (current === undefined) throw new StratalogError('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partitionName(this.#key)} is gone`);
      if (current.version === decidedOn.version) {
        // Still open: the same attempt again, since deciding anew could give it two offsets.
        await this.#backOff(tries);
        continue;
      }
      const resolution = await this.#resolve(current, attempt);
      if (resolution === 'applied') this.#applied(current);
      else this.#record = current;
      return resolution;
    }
  }

  async #readAfterSilence(tries: number): Promise<LeaseRecord | undefined> {
    for (let reads = tries; ; reads++) {
      if (this.#stopped) throw new StratalogError('CLOSED', 'the log was closed while it was unknown whether offsets were granted');
      try {
        return (await this.#ports.leases.read([this.#key]))[0];
      } catch (error) {
        this.#ports.telemetry.log('warn', 'lease record unreadable while a grant is open', {
          partition: partitionName(this.#key),
          error: String(error),
        });
        await this.#backOff(reads);
      }
    }
  }

  async #resolve(current: LeaseRecord, attempt: { base: Offset; lease: LeaseId }): Promise<Resolution> {
    for (let record = current, tries = 0; ; tries++) {
      const seen = resolveInRecord(record, attempt);
      if (seen !== 'look-in-pages') return seen;
      if (attempt.base < record.start) return 'unknown';
      // An error says nothing of the attempt, and giving up would leave it open: look until something is seen.
      const page = await this.#ports.pages.at(this.#key, attempt.base).catch(() => undefined);
      const answer = page === undefined ? undefined : resolveInPage(page, attempt);
      if (answer !== undefined) return answer;
      // A gap is a roll or a merge that is half visible: look again.
      await this.#backOff(tries);
      const again = await this.#readAfterSilence(tries);
      // The pages of a deleted partition go away, and with them what could tell.
      if (again === undefined || again.floor === FLOOR_DELETED) return 'unknown';
      record = again;
    }
  }

  #applied(record: LeaseRecord): void {
    this.#record = record;
    if (this.#cut !== undefined && tailBase(record) > this.#cut.tailBase) this.#cut = undefined;
    this.#ports.onGranted(this.#key, record);
    if (record.tail.length >= this.#ports.leases.capacity.tailEntriesRoll && this.#cut === undefined && this.#rolling === undefined) {
      this.#rolling = this.#roll(record)
        .catch((error: unknown) => {
          this.#ports.telemetry.log('warn', 'an index page could not be put; the next grant tries again', {
            partition: partitionName(this.#key),
            error: String(error),
          });
        })
        .finally(() => {
          this.#rolling = undefined;
        });
    }
  }

  /** Puts the page of the whole tail; the cut rides on the next grant. Page first, cut second. */
  async #roll(record: LeaseRecord): Promise<void> {
    if (record.tail.length === 0) return;
    const page = pageOfTail(record);
    const put = await this.#ports.pages.put(this.#key, page);
    const there = put.kind === 'created' ? page : put.page;
    if (there.mergedInto !== undefined) {
      this.#record = undefined;
      return;
    }
    this.#cut = { tailBase: page.firstOffset, entries: there.entries.length };
    if (put.kind === 'created') this.#ports.onRolled(this.#key);
  }

  /**
   * Writes a cut by itself. It rides on a grant otherwise; but a page that stood there already may hold so little of the tail
   * that a piece of many entries has no room beside the rest, and then no grant would ever take it along. No offsets are given,
   * so that a lost answer leaves nothing open.
   */
  async #writeCut(record: LeaseRecord, cut: LeaseRecord, tries: number): Promise<void> {
    const next = { ...cut, version: record.version + 1 };
    const outcome = await this.#ports.writer.write({ key: this.#key, expected: record.version, record: next });
    this.#record = outcome.kind === 'applied' ? next : outcome.kind === 'refused' ? outcome.current : undefined;
    if (outcome.kind === 'applied') this.#cut = undefined;
    if (outcome.kind === 'unknown') {
      if (isStratalogError(outcome.cause, ...HOPELESS)) throw outcome.cause;
      await this.#backOff(tries);
    }
  }

  #backOff(tries: number): Promise<void> {
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(tries, 12));
    return this.#ports.clock.sleep(this.#ports.random.fraction() * most);
  }
}

/** Whose pieces have to wait, since one of theirs before it is not ready. */
class HeldProducers {
  readonly #ids = new Set<ProducerId>();
  #anonymous = false;

  add({ producerIds, anonymous }: Piece): void {
    for (const id of producerIds) this.#ids.add(id);
    this.#anonymous ||= anonymous;
  }

  holds({ producerIds, anonymous }: Piece): boolean {
    if (anonymous && this.#anonymous) return true;
    for (const id of producerIds) if (this.#ids.has(id)) return true;
    return false;
  }
}

/** What a page says of an attempt: undefined when it does not cover the offset. */
function resolveInPage(page: IndexPage, attempt: { base: Offset; lease: LeaseId }): Resolution | undefined {
  if (page.mergedInto !== undefined) return 'unknown';
  if (attempt.base >= pageEnd(page)) return undefined;
  const place = entryAt(page.entries, page.firstOffset, attempt.base);
  if (place === undefined) return undefined;
  if (place.entry.kind === 'log' || place.entry.kind === 'gone') return 'unknown';
  return place.entry.lease === attempt.lease && place.baseOffset === attempt.base ? 'applied' : 'dead';
}

/** The offset an attempt stands for, and the lease that stands there if it was applied. */
function firstGranted(requests: readonly GrantRequest[], decision: Decided): { base: Offset; lease: LeaseId } {
  for (const [i, answer] of decision.answers.entries()) {
    if (answer.kind !== 'decided') continue;
    for (const batch of answer.batches) {
      if (batch.kind === 'granted') return { base: batch.baseOffset, lease: (requests[i] as GrantRequest).lease };
    }
  }
  throw new StratalogError('INTERNAL', 'a grant without a granted batch was written');
}

function isDoubtful(answer: RequestAnswer): boolean {
  return answer.kind === 'decided' && answer.batches.some((batch) => batch.kind === 'refused');
}

function timedOut(why: string): StratalogError {
  return new StratalogError('REQUEST_TIMED_OUT', `${why}; the records may or may not have been appended`);
}
