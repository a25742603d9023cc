/**
 * One partition's way to the log: gathers records into batches, keeps up to `maxInFlight` batches under way, and brings
 * them in order whatever happens on the way.
 *
 * While all goes well requests overlap. After any failure nothing new is sent until every request under way is answered;
 * then what is left goes again, first batch first, in one piece if it fits. The server's sequence check makes that exact:
 * what had arrived is answered as a duplicate with its first offset, what had not is appended.
 *
 * A batch given up (deadline over, refused) leaves a gap in the sequence. The batch behind it is then refused as out of
 * order, which proves that it was not appended, so that it may go again under a raised epoch beginning at sequence 0
 * (as Kafka's own client does: TransactionManager.java, KIP-360). The epoch is counted per partition, as the log does.
 */
import { isStratalogError, StratalogError } from '../core/errors.ts';
import { backoffMs, pause } from './backoff.ts';
import { OutgoingBatch } from './outgoing-batch.ts';
import type { IdentitySource, ProducerIdentity } from './producer-identity.ts';
import type { PendingRecord } from './producer-record.ts';
import type { ProducerSettings } from './producer-settings.ts';
import type { BatchOutcome, Transport } from './transport.ts';

const BATCH_HEADER_ALLOWANCE_BYTES = 61;
/** The topic takes no batch of this size, or something on the way no request. */
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'REQUEST_TOO_LARGE'] as const;
/** After so long without an answer the log may have forgotten the producer, ms: it keeps a bounded number of them for a partition. */
const KNOWN_FOR_MS = 10_000;
/** Kafka's epochs are int16; after the last one a new producer id is taken. */
const PRODUCER_EPOCH_MAX = 0x7fff;

export interface SenderContext {
  readonly settings: ProducerSettings;
  readonly transport: Transport;
  readonly identities: IdentitySource;
  /** Aborts when the producer is torn down. */
  readonly signal: AbortSignal;
  /** True while somebody waits for everything to be sent: batches do not linger then. */
  readonly hurried: () => boolean;
  /** Tells that a request failed and will be made again. */
  readonly onRetry: () => void;
  /** Tells that the topic is not what it was: its partitions are looked up again. */
  readonly onStale: (topic: string) => void;
}

export class PartitionSender {
  readonly #context: SenderContext;
  readonly #topic: string;
  readonly #partition: number;
  #open: PendingRecord[] = [];
  #openBytes = 0;
  /** Ends the wait for more records. */
  #linger: (() => void) | undefined;
  /** Batches to be sent, in order. */
  #ready: OutgoingBatch[] = [];
  /**
   * Every batch sent since the oldest one that is not settled, in order, answered or not. Its length is what `maxInFlight`
   * bounds: a log remembers the last five batches of a producer, so a sixth one must not be appended while the outcome of
   * the first is unknown, or its repetition would not be recognised.
   */
  #window: OutgoingBatch[] = [];
  /** Batches under way. */
  readonly #inFlight = new Set<OutgoingBatch>();
  /** Batches that failed and wait for the others to be answered. */
  #failed: OutgoingBatch[] = [];
  #recovering = false;
  #attempts = 0;
  #order = 0;
  #identity: ProducerIdentity | undefined;
  #identityPending = false;
  #nextSequence = 0;
  /** A batch was given up since the sequence last began: a gap is to be expected. */
  #gap = false;
  /** When a batch of the present sequence was last answered, ms of the monotonic clock: from then on the log knows the producer. */
  #knownAt = Number.NEGATIVE_INFINITY;

  constructor(topic: string, partition: number, context: SenderContext) {
    this.#topic = topic;
    this.#partition = partition;
    this.#context = context;
  }

  append(record: PendingRecord): void {
    const { lingerMs, batchSize } = this.#context.settings;
    const room = this.#openBytes + record.bytes + BATCH_HEADER_ALLOWANCE_BYTES <= batchSize;
    if (!room && this.#open.length > 0) this.#seal();
    this.#open.push(record);
    this.#openBytes += record.bytes;
    if (this.#openBytes + BATCH_HEADER_ALLOWANCE_BYTES >= batchSize) this.#seal();
    else if (this.#linger === undefined) this.#linger = after(this.#context.hurried() ? 0 : lingerMs, () => this.hurry());
  }

  /** Sends what has gathered without waiting for more. */
  hurry(): void {
    if (this.#open.length > 0) this.#seal();
  }

  /** Fails everything that is not answered yet. */
  abandon(error: unknown): void {
    this.#linger?.();
    this.#linger = undefined;
    const batches = [...this.#inFlight, ...this.#failed, ...this.#ready];
    const records = this.#open;
    this.#open = [];
    this.#ready = [];
    this.#failed = [];
    for (const batch of batches) batch.fail(error);
    for (const record of records) record.reject(error);
  }

  #seal(): void {
    this.#linger?.();
    this.#linger = undefined;
    const records = this.#open;
    this.#open = [];
    this.#openBytes = 0;
    try {
      this.#ready.push(OutgoingBatch.of(records, this.#order++, this.#context.settings));
    } catch (error) {
      for (const record of records) record.reject(error);
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#recovering) return;
    if (this.#context.settings.idempotence && this.#identity === undefined) {
      void this.#identify();
      return;
    }
    while (this.#inFlight.size === 0 || this.#overlaps()) {
      const batches = this.#takeReady();
      if (batches.length === 0) return;
      void this.#send(batches);
    }
  }

  /**
   * Whether a request may be sent while another one is under way. Each may travel by a connection of its own, and overtake: the log
   * refuses what comes too early, but only from a producer that it knows. Of one that it does not know it takes any sequence for the
   * first one (as Kafka does: ProducerAppendInfo.java), and without idempotence it takes everything.
   */
  #overlaps(): boolean {
    return this.#context.settings.idempotence && performance.now() - this.#knownAt < KNOWN_FOR_MS;
  }

  /** As many batches as one request and the window allow, perhaps none. */
  #takeReady(): readonly OutgoingBatch[] {
    const { maxInFlight, maxRequestBytes } = this.#context.settings;
    let bytes = 0;
    let count = 0;
    let beyond = this.#window.length;
    for (const batch of this.#ready) {
      const known = this.#window.indexOf(batch);
      const place = known >= 0 ? known : beyond++;
      bytes += batch.bytes.length;
      if (place >= maxInFlight || (count > 0 && (bytes > maxRequestBytes || batch.alone))) break;
      count++;
      if (batch.alone) break;
    }
    const taken = this.#ready.splice(0, count);
    this.#window.push(...taken.filter((batch) => !this.#window.includes(batch)));
    return taken;
  }

  async #identify(): Promise<void> {
    if (this.#identityPending || this.#ready.length === 0) return;
    this.#identityPending = true;
    const { identities, settings } = this.#context;
    const expiry = setInterval(() => this.#expireReady(), Math.min(1_000, settings.deliveryTimeoutMs));
    try {
      this.#identity = await identities.current();
      this.#nextSequence = 0;
    } catch (error) {
      for (const batch of this.#ready.splice(0)) this.#fail(batch, error);
    } finally {
      clearInterval(expiry);
      this.#identityPending = false;
    }
    this.#pump();
  }

  async #send(batches: readonly OutgoingBatch[]): Promise<void> {
    const { settings, transport, signal } = this.#context;
    batches.forEach((batch) => {
      batch.sentAsHead = this.#window[0] === batch;
      this.#stamp(batch);
    });
    for (const batch of batches) this.#inFlight.add(batch);
    const left = Math.min(...batches.map((batch) => batch.deadline)) - performance.now();
    const only = batches[0];
    const bytes = batches.length === 1 && only !== undefined ? only.bytes : Buffer.concat(batches.map((batch) => batch.bytes));
    try {
      const answer = await transport.produceBatches({
        topic: this.#topic,
        partition: this.#partition,
        batches: bytes,
        acks: settings.acks,
        timeoutMs: Math.max(1, Math.min(settings.requestTimeoutMs, Math.ceil(left))),
        signal,
      });
      this.#answered(batches, answer.batches);
    } catch (error) {
      this.#refusedAsWhole(batches, error);
    }
    for (const batch of batches) this.#inFlight.delete(batch);
    if (!this.#recovering) this.#pump();
    else if (this.#inFlight.size === 0) await this.#recover();
  }

  #stamp(batch: OutgoingBatch): void {
    if (batch.stamp !== undefined || this.#identity === undefined) return;
    batch.stampWith({ ...this.#identity, baseSequence: this.#nextSequence });
    this.#nextSequence = batch.nextSequence;
  }

  #answered(batches: readonly OutgoingBatch[], outcomes: readonly BatchOutcome[]): void {
    batches.forEach((batch, index) => {
      const outcome = outcomes[index];
      if (this.#context.settings.acks === 0) this.#succeed(batch, -1, -1);
      else if (outcome === undefined)
        this.#refused(batch, new StratalogError('UNAVAILABLE', `${outcomes.length} answers came for ${batches.length} batches`));
      else if (outcome.kind === 'refused') this.#refused(batch, outcome.error);
      else {
        this.#attempts = 0;
        this.#knownAt = performance.now();
        // What follows on without a gap proves that there is none any more.
        if (batch.sentAsHead) this.#gap = false;
        this.#succeed(batch, outcome.baseOffset, outcome.timestamp);
      }
    });
  }

  #refusedAsWhole(batches: readonly OutgoingBatch[], error: unknown): void {
    const { settings, signal } = this.#context;
    if (batches.length === 1 || settings.acks === 0 || signal.aborted || worthRetrying(error)) {
      for (const batch of batches) this.#refused(batch, error);
      return;
    }
    for (const batch of batches) {
      batch.lastError = error;
      batch.alone = true;
      this.#failed.push(batch);
    }
    this.#recovering = true;
  }

  /** Decides about a batch that was not appended, or perhaps not: again, in halves, or given up. */
  #refused(batch: OutgoingBatch, error: unknown): void {
    const { settings, onStale, signal } = this.#context;
    batch.lastError = error;
    if (isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID')) onStale(this.#topic);
    if (isStratalogError(error, ...TOO_LARGE) && batch.records.length > 1) {
      const halves = batch.halves(settings);
      this.#window = this.#window.flatMap((one) => (one === batch ? halves : [one]));
      this.#failed.push(...halves);
      this.#recovering = true;
    } else if (!signal.aborted && settings.acks !== 0 && (batch.outOfOrder || worthRetrying(error))) {
      this.#failed.push(batch);
      this.#recovering = true;
    } else {
      this.#giveUp(batch, error);
    }
  }

  #giveUp(batch: OutgoingBatch, error: unknown): void {
    this.#gap = true;
    // Somebody else writes with this producer id, or the log has forgotten it: another id is the only way on.
    if (isStratalogError(error, 'INVALID_PRODUCER_EPOCH', 'UNKNOWN_PRODUCER_ID')) {
      this.#context.identities.renew();
      this.#recovering = true;
      this.#identity = undefined;
    }
    this.#fail(batch, error);
  }

  #succeed(batch: OutgoingBatch, baseOffset: number, appendTime: number): void {
    batch.succeed(this.#partition, baseOffset, appendTime);
    this.#slide();
  }

  #fail(batch: OutgoingBatch, error: unknown): void {
    batch.fail(error);
    this.#slide();
  }

  /** Moves the window up to the oldest batch that is not settled. */
  #slide(): void {
    const first = this.#window.findIndex((batch) => !batch.settled);
    this.#window.splice(0, first < 0 ? this.#window.length : first);
  }

  /** Everything under way is answered and something failed: wait, then send what is left in order. */
  async #recover(): Promise<void> {
    const { settings, signal, onRetry } = this.#context;
    const left = this.#failed.sort((one, other) => one.order - other.order);
    this.#failed = [];
    const head = left[0];
    if (head !== undefined) {
      const resequenced = this.#mendSequence(head, left);
      if (!resequenced) onRetry();
      // What came by another connection before the one ahead of it is in order as soon as that is answered, which it is now.
      const overtook = head.outOfOrder && !head.sentAsHead;
      if (!resequenced && !overtook) {
        const wait = backoffMs(++this.#attempts, settings.backoff, head.lastError);
        await pause(Math.min(wait, Math.max(0, head.deadline - performance.now())), signal);
      }
    }
    if (signal.aborted) return this.abandon(signal.reason);
    if (this.#identity === undefined) this.#restartSequence([...left, ...this.#ready]);
    this.#ready.unshift(...left);
    this.#expireReady();
    this.#recovering = false;
    this.#pump();
  }

  /** Handles a first batch whose sequence was refused; true when what is left may go at once under a new epoch. */
  #mendSequence(head: OutgoingBatch, left: OutgoingBatch[]): boolean {
    if (!head.outOfOrder || !head.sentAsHead) return false;
    // Without a gap of our own making the log lost records of ours, and the sender of this batch must hear of it.
    if (!this.#gap) {
      left.shift();
      this.#fail(head, head.lastError);
    }
    this.#raiseEpoch([...left, ...this.#ready]);
    return true;
  }

  #raiseEpoch(batches: readonly OutgoingBatch[]): void {
    const identity = this.#identity;
    if (identity === undefined || identity.producerEpoch >= PRODUCER_EPOCH_MAX) {
      this.#context.identities.renew();
      this.#identity = undefined;
    } else {
      this.#identity = { ...identity, producerEpoch: identity.producerEpoch + 1 };
    }
    this.#restartSequence(batches);
  }

  #restartSequence(batches: readonly OutgoingBatch[]): void {
    for (const batch of batches) batch.stamp = undefined;
    this.#knownAt = Number.NEGATIVE_INFINITY;
    this.#nextSequence = 0;
    this.#gap = false;
  }

  /** Gives up the batches whose time is over. */
  #expireReady(): void {
    const now = performance.now();
    const expired = this.#ready.filter((batch) => batch.deadline <= now);
    if (expired.length === 0) return;
    this.#ready = this.#ready.filter((batch) => batch.deadline > now);
    for (const batch of expired) {
      if (batch.stamp !== undefined) this.#gap = true;
      this.#fail(batch, this.#expiry(batch));
    }
  }

  #expiry(batch: OutgoingBatch): StratalogError {
    const { deliveryTimeoutMs } = this.#context.settings;
    const reason = batch.lastError instanceof Error ? `; the last attempt failed: ${batch.lastError.message}` : '';
    return new StratalogError(
      'REQUEST_TIMED_OUT',
      `no answer for partition ${this.#partition} of '${this.#topic}' within deliveryTimeoutMs (${deliveryTimeoutMs} ms)${reason}`,
      { field: 'deliveryTimeoutMs', limit: deliveryTimeoutMs, topic: this.#topic, partition: this.#partition },
      batch.lastError,
    );
  }
}

/** A topic that is not there now was there when its partitions were looked up: it was deleted, so nobody waits for it. */
function worthRetrying(error: unknown): boolean {
  return isStratalogError(error) && error.retriable && !isStratalogError(error, 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID');
}

/** Calls `then` in `ms`; a wait of 0 is the turn that goes on, where a timer would take a millisecond. Answers how to stop it. */
function after(ms: number, then: () => void): () => void {
  if (ms === 0) {
    const turn = setImmediate(then);
    return () => clearImmediate(turn);
  }
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}
