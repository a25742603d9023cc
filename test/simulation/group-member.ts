/** A consumer in a group: heartbeats, takes and gives up partitions, reads and commits. It gives up when it is told or alone. */
import { isStratalogError, type StratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import { seenRecords } from './clients.ts';
import type { Door } from './door.ts';
import type { Commit, CommittedRead, Fetch, Ownership } from './history.ts';
import { fetchPooled } from './pooled-memory.ts';
import type { SimProcess } from './sim-process.ts';
import type { Workload } from './workload.ts';

/** Rounds come as often as the client's pauses allow; a session holds a few of them. */
const SESSION_MS_MIN = 10_000;
const SESSION_MS_MAX = 30 * 60_000;
const ROUNDS_PER_SESSION = 5;
const FETCH_BYTES = 700;
const LEAVES = 0.04;
/** How often a round has no heartbeat. */
const WORKS_ON = 0.4;
const COMMITS = 0.6;
const LOOKS_AT_OFFSETS = 0.2;

export class GroupMember {
  readonly #name: string;
  readonly #process: SimProcess;
  readonly #door: Door;
  readonly #work: Workload;
  readonly #group: string;
  readonly #instanceId: string | undefined;
  readonly #owned = new Map<number, { readonly own: Ownership; position: number | undefined }>();
  readonly #sessionMs: number;
  #coordinator: string | undefined;
  #memberId = '';
  #epoch = 0;
  #sequence = 0;
  #heardMs = 0;

  constructor(name: string, process: SimProcess, door: Door, work: Workload, instanceId: string | undefined) {
    this.#name = name;
    this.#process = process;
    this.#door = door;
    this.#work = work;
    this.#group = `group${process.random.between(0, work.plan.groups - 1)}`;
    this.#instanceId = instanceId;
    this.#sessionMs = Math.min(SESSION_MS_MAX, Math.max(SESSION_MS_MIN, ROUNDS_PER_SESSION * work.plan.pauseMsMax));
  }

  /** One round: a heartbeat, then something with one of its partitions. */
  async step(): Promise<void> {
    const { random } = this.#process;
    if (this.#epoch > 0 && random.chance(LEAVES)) return this.#leave();
    // A consumer works between its heartbeats, and may not know yet that it is out.
    if (this.#epoch === 0 || !random.chance(WORKS_ON)) await this.#heartbeat();
    const owned = [...this.#owned.keys()];
    if (owned.length === 0) return;
    const partition = random.pick(owned);
    await this.#consume(partition);
    if (random.chance(COMMITS)) await this.#commit(partition);
    if (random.chance(LOOKS_AT_OFFSETS)) await this.#committed(partition);
  }

  /** The answer of whoever coordinates the group, as far as this member knows. */
  async #ask<Answer>(what: string, ask: (engine: Engine) => Promise<Answer>): Promise<Answer> {
    try {
      return await this.#door.ask(what, ask, this.#coordinator);
    } catch (error) {
      if (!isStratalogError(error)) throw error;
      this.#coordinator = error.code === 'NOT_COORDINATOR' ? String(error.details.coordinator) : undefined;
      throw error;
    }
  }

  async #heartbeat(): Promise<void> {
    const { clock } = this.#process;
    const sentMs = clock.monotonic();
    const joins = this.#epoch === 0;
    const request = {
      group: this.#group,
      memberId: this.#memberId,
      memberEpoch: this.#epoch,
      owned: [{ topic: this.#work.topic, partitions: [...this.#owned.keys()] }],
      ...(joins ? { topics: [this.#work.topic], sessionTimeoutMs: this.#sessionMs, rebalanceTimeoutMs: 2 * this.#sessionMs } : {}),
      ...(this.#instanceId === undefined ? {} : { instanceId: this.#instanceId }),
    };
    try {
      const answer = await this.#ask('heartbeat', (engine) => engine.groups.heartbeat(request));
      this.#heardMs = sentMs;
      this.#memberId = answer.memberId;
      this.#epoch = answer.memberEpoch;
      this.#take(answer.assignment.flatMap(({ partitions }) => partitions));
    } catch (error) {
      this.#onHeartbeatError(error);
    }
  }

  #onHeartbeatError(error: unknown): void {
    if (!isStratalogError(error)) throw error;
    const gone = ['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH', 'FENCED_INSTANCE_ID'].includes(error.code);
    if (!gone && this.#process.clock.monotonic() - this.#heardMs < this.#sessionMs) return;
    this.#note(`is out: ${error.code}`);
    this.#forget();
  }

  #forget(): void {
    this.#take([]);
    this.#memberId = '';
    this.#epoch = 0;
    this.#sequence = 0;
  }

  #take(assigned: readonly number[]): void {
    for (const [partition, { own }] of this.#owned) {
      if (assigned.includes(partition)) continue;
      this.#owned.delete(partition);
      this.#work.recorder.end(own, `gives up ${partition}`);
    }
    for (const partition of assigned) {
      if (this.#owned.has(partition)) continue;
      const own = this.#work.recorder.begin<Ownership>(this.#process, {
        kind: 'own',
        client: this.#name,
        group: this.#group,
        member: this.#memberId,
        memberEpoch: this.#epoch,
        partition: this.#partition(partition),
        fenced: Number.POSITIVE_INFINITY,
      });
      this.#work.groupWatch.told(own);
      this.#owned.set(partition, { own, position: undefined });
      this.#note(`owns ${partition} in epoch ${this.#epoch}`);
    }
  }

  async #leave(): Promise<void> {
    const request = { group: this.#group, memberId: this.#memberId, memberEpoch: this.#instanceId === undefined ? -1 : -2 };
    this.#forget();
    const named = this.#instanceId === undefined ? request : { ...request, instanceId: this.#instanceId };
    await this.#ask('leave', (engine) => engine.groups.heartbeat(named)).catch(heedless);
  }

  async #consume(partition: number): Promise<void> {
    const place = this.#owned.get(partition);
    if (place === undefined) return;
    place.position ??= (await this.#committed(partition)) ?? (await this.#earliest(partition));
    const from = place.position;
    if (from === undefined) return;
    const { recorder, topic } = this.#work;
    const fetch = recorder.begin<Fetch>(this.#process, { kind: 'fetch', client: this.#name, partition: this.#partition(partition), from });
    try {
      const answer = await this.#door.ask('fetch', (engine) =>
        fetchPooled(engine, { topic, partition, offset: from, maxBytes: FETCH_BYTES }),
      );
      const { highWatermark, logStartOffset, nextOffset } = answer;
      const records = seenRecords(answer.batches).filter((record) => record.offset >= from);
      fetch.answer = { records, highWatermark, startOffset: logStartOffset, nextOffset };
      place.position = nextOffset;
      recorder.end(fetch, `fetched ${records.length} from ${from} of ${partition}`);
    } catch (error) {
      if (isStratalogError(error, 'OFFSET_OUT_OF_RANGE')) place.position = undefined;
      fetch.error = heedless(error).code;
      recorder.end(fetch, `could not fetch ${from} of ${partition}: ${heedless(error).code}`);
    }
  }

  async #earliest(partition: number): Promise<number | undefined> {
    try {
      const request = { topic: this.#work.topic, partition, at: 'earliest' } as const;
      return (await this.#door.ask('listOffset', (engine) => engine.listOffset(request))).offset;
    } catch (error) {
      heedless(error);
      return undefined;
    }
  }

  async #commit(partition: number): Promise<void> {
    const { own, position: offset } = this.#owned.get(partition) ?? {};
    if (own === undefined || offset === undefined) return;
    const { recorder, topic } = this.#work;
    const { memberId, memberEpoch } = { memberId: this.#memberId, memberEpoch: this.#epoch };
    this.#sequence += 1;
    const sequence = this.#sequence;
    const commit = recorder.begin<Commit>(this.#process, {
      kind: 'commit',
      client: this.#name,
      group: this.#group,
      member: memberId,
      memberEpoch,
      partition: this.#partition(partition),
      offset,
      outcome: 'pending',
    });
    const offsets = [{ topic, partition, offset }];
    try {
      const [answer] = await this.#ask('commit', (engine) =>
        engine.groups.commit({ group: this.#group, memberId, memberEpoch, sequence, offsets }),
      );
      const { outcome } = answer ?? { outcome: 'refused' as const };
      const since = this.#work.groupWatch.heldSince(own);
      commit.isOwner = since !== undefined && since < own.began;
      // Neither a commit that was overtaken nor one that moves nothing was written: both are told from what the process last saw.
      commit.outcome = outcome === 'refused' ? 'refused' : outcome === 'committed' ? 'accepted' : 'unknown';
    } catch (error) {
      const { code } = heedless(error);
      commit.outcome = code.includes('EPOCH') || code.includes('MEMBER') ? 'refused' : 'unknown';
    }
    recorder.end(commit, `commits ${offset} of ${partition} in epoch ${memberEpoch}: ${commit.outcome}`);
  }

  async #committed(partition: number): Promise<number | undefined> {
    const { recorder, topic } = this.#work;
    const name = this.#partition(partition);
    const read = recorder.begin<CommittedRead>(this.#process, {
      kind: 'committed-read',
      client: this.#name,
      group: this.#group,
      partition: name,
    });
    try {
      const wanted = [{ topic, partitions: [partition] }];
      const [found] = await this.#door.ask('fetchOffsets', (engine) => engine.groups.fetchOffsets(this.#group, wanted));
      read.offset = found?.offset ?? -1;
      recorder.end(read, `sees ${read.offset} committed of ${partition}`);
      return found?.offset;
    } catch (error) {
      recorder.end(read, `cannot see what is committed of ${partition}: ${heedless(error).code}`);
      return undefined;
    }
  }

  #partition(partition: number): string {
    return `${this.#work.topicId}/${partition}`;
  }

  #note(what: string): void {
    this.#work.recorder.note(`${this.#name} ${what}`);
  }
}

/** An error that any client may get; anything else is a defect. */
function heedless(error: unknown): StratalogError {
  if (isStratalogError(error)) return error;
  throw error;
}
