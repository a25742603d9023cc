/**
 * Group commit: batches of all partitions that arrive together become one segment, one upload, and one grant a partition.
 *
 * It flushes at once while a slot is free, at most every `lingerMs`; else it collects until a slot frees. On a disk, where
 * flushes share one sync, a second one begins only when `flushBesideBytes` wait, and producers that were answered together
 * are given a moment to come back together. There is no fixed wait: latency is the store's own. Memory is bounded: past
 * `appendBufferBytes` producers are told to wait.
 */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import type { GrantBatch } from '../core/grant.ts';
import { FLOOR_NONE, type LeaseId, NO_PRODUCER_ID, nextLeaseId, type PartitionKey, partitionName } from '../core/ids.ts';
import type { MemoryPool } from '../format/memory-pool.ts';
import { type BuiltSegment, buildSegment, type NewSlice } from '../format/segment.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { Company } from './company.ts';
import { splitByProducers, takeFlush } from './next-flush.ts';
import { PartitionLog, type PartitionPorts, type Piece, type PieceEnd } from './partition-log.ts';
import type { RecentSegments } from './recent-segments.ts';
import type { SegmentStorage } from './segment-storage.ts';
import type { EngineSettings } from './settings.ts';

/** One append on its way: batches of one partition, checked, in one buffer. */
export interface Submission {
  readonly key: PartitionKey;
  readonly bytes: Buffer;
  /** Positions count from the start of `bytes`. */
  readonly batches: readonly GrantBatch[];
  readonly minTimestamp: number;
  /** Zones that must hold it before it is answered. */
  readonly copies: number;
  readonly deadline: number;
}

/** Somebody who waits for an answer, and until when. */
interface Unanswered {
  readonly deadline: number;
  readonly answer: (end: PieceEnd) => void;
}

/** A submission that was taken, and how it ends. */
export interface Submitted {
  readonly ended: Promise<PieceEnd>;
}

interface Waiting extends Submission {
  readonly end: (end: PieceEnd) => void;
}

/** Submissions of one partition that are granted together. */
interface Part {
  readonly members: readonly Waiting[];
  readonly piece: Piece;
  /** Resolves when the piece has ended, however it did. */
  readonly ended: Promise<void>;
}

/** What one flush holds for one partition: one part, or several where one grant could not remember all their producers. */
interface Group {
  readonly key: PartitionKey;
  readonly log: PartitionLog;
  readonly parts: readonly Part[];
}

const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 2_000;
/**
 * How long zones that fail are tried again while fewer than are asked for take a segment, ms. A broker refuses at once what too few replicas
 * are in sync for, and its clients send it again; others wait for this flush meanwhile.
 */
const ZONES_AWAITED_MS = 1_000;
const DEADLINE_LOOK_MS = 250;
const IDLE_LOGS_KEPT = 20_000;
export class Appender {
  readonly #ports: PartitionPorts;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #telemetry: Telemetry;
  readonly #storage: SegmentStorage;
  readonly #recent: RecentSegments;
  readonly #memory: MemoryPool;
  readonly #settings: EngineSettings;
  readonly #logs = new Map<string, PartitionLog>();
  readonly #unanswered = new Set<Unanswered>();
  #watchingDeadlines = false;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #acceptedBytes = 0;
  #inFlight = 0;
  #scheduled = false;
  #lingering = false;
  readonly #company = new Company();
  /** When the newest flush began, by the monotonic clock. */
  #flushedAt = Number.NEGATIVE_INFINITY;
  #newestLease: LeaseId = FLOOR_NONE;
  #submittedAt = Number.NEGATIVE_INFINITY;
  /** Those who wait for room, in order. */
  readonly #queue: { readonly bytes: number; readonly enter: () => void }[] = [];
  #room: (() => void)[] = [];
  #quiet: (() => void)[] = [];

  constructor(
    ports: PartitionPorts,
    storage: SegmentStorage,
    { recent, memory }: { readonly recent: RecentSegments; readonly memory: MemoryPool },
    settings: EngineSettings,
  ) {
    this.#ports = ports;
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#telemetry = ports.telemetry;
    this.#storage = storage;
    this.#recent = recent;
    this.#memory = memory;
    this.#settings = settings;
  }

  /** When something was submitted last, by the monotonic clock. */
  get submittedAt(): number {
    return this.#submittedAt;
  }

  /** Bytes accepted and not yet answered. */
  get acceptedBytes(): number {
    return this.#acceptedBytes;
  }

  /**
   * Takes room for a submission; false when there is none now. Whoever waits was first: nobody overtakes,
   * so that a producer's batches stay in order. A single large submission always fits an empty buffer.
   */
  tryAdmit(bytes: number): boolean {
    if (this.#queue.length > 0 || !this.#fits(bytes)) return false;
    this.#acceptedBytes += bytes;
    return true;
  }

  /**
   * Takes a submission as soon as there is room for it; undefined when `waitMs` or the signal ended first. Whoever is let in is taken
   * in the same step: what is sent on an answer to those who made the room would go ahead of it else.
   */
  async submitWithRoom(submission: Submission, waitMs: number, signal?: AbortSignal): Promise<Submitted | undefined> {
    const { length } = submission.bytes;
    if (this.tryAdmit(length)) return { ended: this.submit(submission) };
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    signal?.addEventListener('abort', onAbort, { once: true });
    let submitted: Submitted | undefined;
    const waiter = {
      bytes: length,
      enter: () => {
        submitted = { ended: this.submit(submission) };
        stop.abort();
      },
    };
    this.#queue.push(waiter);
    await this.#clock.sleep(waitMs, stop.signal);
    signal?.removeEventListener('abort', onAbort);
    if (submitted === undefined) {
      this.#queue.splice(this.#queue.indexOf(waiter), 1);
      this.#admitWaiting();
    }
    return submitted;
  }

  /** Resolves when something has left the buffer. */
  untilRoom(): Promise<void> {
    return new Promise((resolve) => this.#room.push(resolve));
  }

  /** Resolves when nothing is accepted and unanswered any more. */
  async drain(): Promise<void> {
    while (this.#acceptedBytes > 0) await new Promise<void>((resolve) => this.#quiet.push(resolve));
  }

  /** Ends what is stuck with CLOSED. */
  stop(): void {
    for (const log of this.#logs.values()) log.stop();
  }

  /**
   * Takes a submission that was admitted; resolves when it was granted, refused or given up. Its bytes are held until nobody
   * here or in a store can refer to them any more, which may be later.
   */
  submit(submission: Submission): Promise<PieceEnd> {
    this.#memory.hold(submission.bytes);
    this.#submittedAt = this.#clock.monotonic();
    return new Promise((answer) => {
      const size = submission.bytes.length;
      const unanswered: Unanswered = { deadline: submission.deadline, answer };
      this.#waitingBytes += size;
      let hasEnded = false;
      this.#waiting.push({
        ...submission,
        end: (end) => {
          // A piece that ended with its deadline ends once more when its put fails after all.
          if (hasEnded) return;
          hasEnded = true;
          this.#acceptedBytes -= size;
          this.#memory.release(submission.bytes);
          this.#unanswered.delete(unanswered);
          this.#wakeWaiters();
          answer(end);
        },
      });
      this.#unanswered.add(unanswered);
      if (!this.#watchingDeadlines) void this.#watchDeadlines();
      this.#schedule();
    });
  }

  /** Answers those whose time is over while the store is silent. Their bytes stay accepted until their fate is known. */
  async #watchDeadlines(): Promise<void> {
    this.#watchingDeadlines = true;
    while (this.#unanswered.size > 0) {
      await this.#clock.sleep(DEADLINE_LOOK_MS);
      const now = this.#clock.monotonic();
      for (const unanswered of this.#unanswered) {
        if (now <= unanswered.deadline) continue;
        this.#unanswered.delete(unanswered);
        const error = new StratalogError('REQUEST_TIMED_OUT', 'the store did not answer in time; the records may or may not be appended');
        unanswered.answer({ kind: 'failed', error });
      }
    }
    this.#watchingDeadlines = false;
  }

  #fits(bytes: number): boolean {
    return this.#acceptedBytes === 0 || this.#acceptedBytes + bytes <= this.#settings.appendBufferBytes;
  }

  #admitWaiting(): void {
    for (let first = this.#queue[0]; first !== undefined && this.#fits(first.bytes); first = this.#queue[0]) {
      this.#queue.shift();
      this.#acceptedBytes += first.bytes;
      first.enter();
    }
  }

  #wakeWaiters(): void {
    this.#admitWaiting();
    const room = this.#room;
    this.#room = [];
    for (const wake of room) wake();
    if (this.#acceptedBytes > 0) return;
    const quiet = this.#quiet;
    this.#quiet = [];
    for (const wake of quiet) wake();
  }

  /** Flushes after this turn, so that what one request brings for many partitions goes together. */
  #schedule(): void {
    if (this.#scheduled || this.#waiting.length === 0) return;
    const { flushesInFlight, flushUntilGranted, flushBesideBytes, segmentTargetBytes } = this.#settings;
    if (this.#inFlight >= flushesInFlight) return;
    if (this.#waitingBytes < (flushUntilGranted ? Math.min(flushBesideBytes, segmentTargetBytes) : segmentTargetBytes)) {
      // One flush after the other where they share a disk. Elsewhere a slot that is free is used, as often as `lingerMs` lets.
      if (this.#inFlight > 0 && flushUntilGranted) return;
      if (this.#lingers()) return;
    }
    this.#scheduled = true;
    void (this.#clock.turn?.() ?? Promise.resolve()).then(() => {
      this.#scheduled = false;
      if (this.#waiting.length > 0) this.#flush(this.#takeFlush());
      this.#schedule();
    });
  }

  /** Whether what waits has to wait for company still; then somebody looks again when that is over. */
  #lingers(): boolean {
    const now = this.#clock.monotonic();
    const waitMs = Math.max(this.#company.waitUntil(this.#waiting.length, now), this.#flushedAt + this.#settings.lingerMs) - now;
    if (waitMs <= 0) return false;
    if (!this.#lingering) {
      this.#lingering = true;
      void this.#clock.sleep(waitMs).then(() => {
        this.#lingering = false;
        this.#schedule();
      });
    }
    return true;
  }

  #takeFlush(): Waiting[] {
    const taken = takeFlush(this.#waiting, this.#settings.segmentTargetBytes);
    for (const { bytes } of taken) this.#waitingBytes -= bytes.length;
    return taken;
  }

  #flush(members: readonly Waiting[]): void {
    this.#inFlight++;
    this.#flushedAt = this.#clock.monotonic();
    this.#company.flushed(members.length, this.#flushedAt);
    const groups = this.#groupsOf(members);
    for (const { log, parts } of groups) for (const { piece } of parts) log.enqueue(piece);
    this.#telemetry.count('flushes_total', 1);
    const uploaded = this.#upload(groups, FLOOR_NONE);
    void (
      this.#settings.flushUntilGranted ? Promise.all(groups.flatMap(({ parts }) => parts.map(({ ended }) => ended))) : uploaded
    ).finally(() => {
      this.#inFlight--;
      if (this.#settings.flushUntilGranted) {
        this.#company.answered(members.length, bytesOf(members), this.#waiting.length, this.#clock.monotonic());
      }
      this.#schedule();
    });
  }

  #groupsOf(members: readonly Waiting[]): readonly Group[] {
    const byPartition = new Map<string, Waiting[]>();
    for (const member of members) {
      const name = partitionName(member.key);
      const group = byPartition.get(name);
      if (group === undefined) byPartition.set(name, [member]);
      else group.push(member);
    }
    return [...byPartition].map(([name, group]) => this.#groupOf(name, group));
  }

  #groupOf(name: string, members: readonly Waiting[]): Group {
    const { key } = members[0] as Waiting;
    const log = this.#logOf(name, key);
    const parts = splitByProducers(members, this.#ports.leases.capacity.producersMax).map((part): Part => {
      const { promise: ended, resolve: markEnded } = Promise.withResolvers<void>();
      const piece: Piece = {
        request: undefined,
        producerIds: part.producerIds,
        anonymous: part.members.some(({ batches }) => batches.some(({ producerId }) => producerId === NO_PRODUCER_ID)),
        deadline: Math.max(...part.members.map(({ deadline }) => deadline)),
        end: (end) => {
          endMembers(part.members, end);
          markEnded();
        },
        uploadAgain: (floor) => void this.#upload([{ key, log, parts: [{ members: part.members, piece, ended }] }], floor),
      };
      return { members: part.members, piece, ended };
    });
    return { key, log, parts };
  }

  #logOf(name: string, key: PartitionKey): PartitionLog {
    let log = this.#logs.get(name);
    if (log === undefined) {
      this.#forgetIdle();
      log = new PartitionLog(key, this.#ports);
      this.#logs.set(name, log);
    }
    return log;
  }

  #forgetIdle(): void {
    if (this.#logs.size < IDLE_LOGS_KEPT) return;
    for (const [name, log] of this.#logs) {
      if (log.idle) this.#logs.delete(name);
      if (this.#logs.size < IDLE_LOGS_KEPT / 2) break;
    }
  }

  /** Uploads the groups as one segment and lets their partitions grant it. Never rejects. */
  async #upload(groups: readonly Group[], floor: LeaseId): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const lease = this.#mint(floor);
    const segment = buildSegment(groups.map(sliceOf));
    const parts = groups.flatMap((group) => group.parts);
    const copies = Math.max(...parts.flatMap(({ members }) => members.map((member) => member.copies)));
    const deadline = Math.max(...parts.map(({ piece }) => piece.deadline));
    for (const { members } of parts) for (const { bytes } of members) this.#memory.hold(bytes);
    try {
      const stored = await this.#putUntil(deadline, lease, segment.chunks, segment.sizeBytes, copies);
      if (stored.zones === 2 ** this.#storage.zoneCount - 1) this.#keepForReaders(lease, groups, segment);
      this.#telemetry.observe('upload_seconds', (this.#clock.monotonic() - startedAt) / 1000, { kind: stored.kind });
      this.#telemetry.count('segment_bytes_total', segment.sizeBytes, { kind: stored.kind });
      for (const [i, group] of groups.entries()) {
        let position = segment.slices[i]?.position ?? 0;
        for (const { members, piece } of group.parts) {
          piece.request = { lease, kind: stored.kind, zones: stored.zones, batches: placedBatches(members, position) };
          position += bytesOf(members);
        }
        group.log.kick();
      }
      // A put that failed, or that zones are still busy with, may be reading them: then they are never released.
      if (stored.isLetGo) for (const { members } of parts) for (const { bytes } of members) this.#memory.release(bytes);
    } catch (error) {
      const failure = isStratalogError(error)
        ? error
        : new StratalogError('STORAGE_ERROR', `the segment could not be stored: ${String(error)}`, {}, error);
      for (const { log, parts: failed } of groups) {
        for (const { piece } of failed) {
          log.drop(piece);
          piece.end({ kind: 'failed', error: failure });
        }
      }
    }
  }

  #keepForReaders(lease: LeaseId, groups: readonly Group[], segment: BuiltSegment): void {
    const slices = groups.map(({ parts }, i) => ({
      position: segment.slices[i]?.position ?? 0,
      chunks: parts.flatMap(({ members }) => members.map(({ bytes }) => bytes)),
    }));
    this.#recent.add(lease, slices);
  }

  /** Puts under one lease until it is durable: a put may be repeated, so a lost answer is harmless. */
  async #putUntil(deadline: number, lease: LeaseId, chunks: readonly Uint8Array[], size: number, copies: number) {
    const zonesUntil = this.#clock.monotonic() + ZONES_AWAITED_MS;
    for (let tries = 0; ; tries++) {
      try {
        const stored = await this.#storage.put(lease, chunks, size, copies);
        // Of an attempt that failed nobody knows when it is over.
        return tries === 0 ? stored : { ...stored, isLetGo: false };
      } catch (error) {
        const again = isStratalogError(error) && error.retriable && error.code !== 'STORAGE_FULL';
        const waitMs = this.#random.fraction() * Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** tries);
        const until = isStratalogError(error, 'NOT_ENOUGH_REPLICAS') ? Math.min(deadline, zonesUntil) : deadline;
        if (!again || this.#clock.monotonic() + waitMs > until) throw error;
        this.#telemetry.count('upload_retries_total', 1);
        await this.#clock.sleep(waitMs);
      }
    }
  }

  #mint(floor: LeaseId): LeaseId {
    const seen = floor > this.#newestLease ? floor : this.#newestLease;
    this.#newestLease = nextLeaseId(this.#clock.now(), seen, this.#random.bytes(6));
    return this.#newestLease;
  }
}

function sliceOf({ key, parts }: Group): NewSlice {
  const members = parts.flatMap((part) => part.members);
  let span = 0;
  let records = 0;
  let maxTimestamp = -1;
  let minTimestamp = Number.MAX_SAFE_INTEGER;
  for (const member of members) {
    minTimestamp = Math.min(minTimestamp, member.minTimestamp);
    for (const batch of member.batches) {
      span += batch.span;
      records += batch.records;
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
    }
  }
  return {
    topicId: key.topicId,
    partition: key.partition,
    chunks: members.map(({ bytes }) => bytes),
    span,
    records,
    maxTimestamp,
    minTimestamp,
  };
}

/** The batches of submissions that lie one after the other from `position` on in a segment. */
function placedBatches(members: readonly Waiting[], position: number): readonly GrantBatch[] {
  const batches: GrantBatch[] = [];
  let at = position;
  for (const member of members) {
    for (const batch of member.batches) batches.push({ ...batch, position: at + batch.position });
    at += member.bytes.length;
  }
  return batches;
}

function bytesOf(members: readonly Waiting[]): number {
  let bytes = 0;
  for (const member of members) bytes += member.bytes.length;
  return bytes;
}

/** Gives each submission of a group its part of the group's answer. */
function endMembers(members: readonly Waiting[], end: PieceEnd): void {
  let at = 0;
  for (const member of members) {
    if (end.kind === 'answered' && end.answer.kind === 'decided') {
      const batches = end.answer.batches.slice(at, at + member.batches.length);
      at += member.batches.length;
      member.end({ ...end, answer: { kind: 'decided', batches } });
    } else member.end(end);
  }
}
