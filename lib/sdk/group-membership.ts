/**
 * A member's part of the group protocol: heartbeats, and partitions that come and go one by one. Heartbeats go on while
 * partitions are being given up, so that slow work on the last record does not cost the session.
 */
import { isStratalogError, type StratalogError } from '../core/errors.ts';
import { type BackoffSettings, backoffMs, pause } from './backoff.ts';
import type { GroupHeartbeatAnswer, GroupHeartbeatRequest, GroupProtocol, TopicPartitionList } from './group-protocol.ts';
import { partitionKey, type TopicPartition } from './topic-partition.ts';

/** What the member does with partitions. */
export interface MembershipHandler {
  /** These are the member's from now on. */
  assign(partitions: readonly TopicPartition[]): Promise<void>;
  /** These must be given up: finish and commit what is under way. The member owns them until this resolves. */
  revoke(partitions: readonly TopicPartition[]): Promise<void>;
  /** These are somebody else's already: drop everything, commit nothing. */
  lose(partitions: readonly TopicPartition[]): Promise<void>;
  /** The member cannot go on. */
  fail(error: StratalogError): void;
}

export type MembershipOptions = Omit<GroupHeartbeatRequest, 'memberId' | 'memberEpoch' | 'owned'> & { readonly backoff: BackoffSettings };

const SESSION_TIMEOUT_MS = 45_000;

export class GroupMembership {
  readonly memberId = crypto.randomUUID();
  readonly #protocol: GroupProtocol;
  readonly #options: MembershipOptions;
  readonly #handler: MembershipHandler;
  readonly #stopping = new AbortController();
  readonly #owned = new Map<string, TopicPartition>();
  #epoch = 0;
  #revoking: Promise<void> | undefined;
  #lastAnswerAt = 0;
  #loop: Promise<void> | undefined;
  #wake = new AbortController();

  constructor(protocol: GroupProtocol, options: MembershipOptions, handler: MembershipHandler) {
    this.#protocol = protocol;
    this.#options = options;
    this.#handler = handler;
  }

  get epoch(): number {
    return this.#epoch;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Sends a heartbeat now: something that was answered says that the group has moved on. */
  hurry(): void {
    this.#wake.abort();
  }

  /** Gives everything up and leaves; a static member leaves its place reserved for its session. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.hurry();
    await this.#loop;
    await this.#revoking;
    const owned = [...this.#owned.values()];
    this.#owned.clear();
    if (owned.length > 0) await this.#handler.revoke(owned);
    if (this.#epoch <= 0) return;
    const { instanceId } = this.#options;
    const request = {
      memberId: this.memberId,
      memberEpoch: instanceId === undefined ? -1 : -2,
      ...(instanceId === undefined ? {} : { instanceId }),
    };
    await this.#protocol.heartbeat(request).catch(() => undefined);
  }

  async #run(): Promise<void> {
    this.#lastAnswerAt = performance.now();
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      let waitMs: number;
      try {
        const answer = await this.#protocol.heartbeat(this.#request(), { signal: this.#stopping.signal });
        failures = 0;
        this.#lastAnswerAt = performance.now();
        waitMs = (await this.#follow(answer)) ? answer.heartbeatIntervalMs : 0;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        waitMs = await this.#survive(error, ++failures);
      }
      if (waitMs > 0) await pause(waitMs, AbortSignal.any([this.#wake.signal, this.#stopping.signal]));
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
    }
  }

  #request(): GroupHeartbeatRequest {
    const { backoff: _, ...description } = this.#options;
    const owned = listsOf([...this.#owned.values()]);
    const { instanceId } = description;
    return {
      // The instance goes along each time, so that a member whose place another process took learns it, and does not take it back.
      ...(this.#epoch === 0 ? description : instanceId === undefined ? {} : { instanceId }),
      memberId: this.memberId,
      memberEpoch: this.#epoch,
      owned: this.#epoch === 0 ? [] : owned,
    };
  }

  /** False when another heartbeat must follow at once. */
  async #follow(answer: GroupHeartbeatAnswer): Promise<boolean> {
    this.#epoch = answer.memberEpoch;
    const target = new Map(
      answer.assignment.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => [partitionKey({ topic, partition }), { topic, partition }] as const),
      ),
    );
    const gone = [...this.#owned.values()].filter((partition) => !target.has(partitionKey(partition)));
    if (gone.length > 0 && this.#revoking === undefined) {
      this.#revoking = this.#handler.revoke(gone).finally(() => {
        for (const partition of gone) this.#owned.delete(partitionKey(partition));
        this.#revoking = undefined;
        this.hurry();
      });
      this.#revoking.catch((error) => this.#handler.fail(error));
    }
    const fresh = [...target.values()].filter((partition) => !this.#owned.has(partitionKey(partition)));
    if (fresh.length > 0) {
      await this.#handler.assign(fresh);
      for (const partition of fresh) this.#owned.set(partitionKey(partition), partition);
    }
    return true;
  }

  /** What to do after a failed heartbeat; answers how long to wait. */
  async #survive(error: unknown, failures: number): Promise<number> {
    if (isStratalogError(error, 'UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH')) {
      await this.#lose();
      return 0;
    }
    if (!isStratalogError(error) || (!error.retriable && error.code !== 'CLOSED')) {
      await this.#lose();
      this.#handler.fail(error as StratalogError);
      this.#stopping.abort();
      return 0;
    }
    // The group has given the partitions to others by now, whether it can tell us or not.
    const session = this.#options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    if (performance.now() - this.#lastAnswerAt > session && this.#owned.size > 0) await this.#lose();
    return backoffMs(failures, this.#options.backoff, error);
  }

  async #lose(): Promise<void> {
    this.#epoch = 0;
    const owned = [...this.#owned.values()];
    this.#owned.clear();
    if (owned.length > 0) await this.#handler.lose(owned);
  }
}

function listsOf(partitions: readonly TopicPartition[]): readonly TopicPartitionList[] {
  const lists = new Map<string, number[]>();
  for (const { topic, partition } of partitions) lists.set(topic, [...(lists.get(topic) ?? []), partition]);
  return [...lists].map(([topic, list]) => ({ topic, partitions: list }));
}
