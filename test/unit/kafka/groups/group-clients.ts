/** Consumers of both protocols that do as Kafka's clients do, one step at a time, and know what they would be consuming. */

import { readAssignment, readSubscription } from '../../../../lib/kafka/groups/consumer-protocol.ts';
import { encodeConsumerProtocolAssignment, encodeConsumerProtocolSubscription } from '../../../../lib/kafka/messages/consumer-protocol.ts';
import type { JoinGroupResponse } from '../../../../lib/kafka/messages/join-group.ts';
import type { SyncGroupResponse } from '../../../../lib/kafka/messages/sync-group.ts';
import { Writer } from '../../../../lib/kafka/wire/writer.ts';
import type { RawClient } from '../client.ts';

export interface ConsumedTopic {
  readonly group: string;
  readonly topic: string;
  readonly partitions: number;
}

export interface GroupClient {
  readonly name: string;
  /** The partitions it consumes now, as far as it knows. */
  readonly owned: ReadonlySet<number>;
  /** Whether there is nothing that it knows it has to do. */
  readonly settled: boolean;
  /** Not while an id is on its way to it: it would be waited for until its session ends. */
  readonly canLeave: boolean;
  /** Goes on over other connections, to another gateway. */
  reconnect(client: RawClient, side: RawClient): void;
  /** Sends one request, or looks whether the one that waits is answered. */
  step(): Promise<void>;
  leave(): Promise<void>;
  /** Commits what it owns; the errors. */
  commit(offset: number): Promise<readonly number[]>;
}

export function subscriptionOf(topic: string, owned: Iterable<number> = [], version = 1): Buffer {
  const writer = new Writer();
  writer.int16(version);
  encodeConsumerProtocolSubscription(writer, { topics: [topic], ownedPartitions: [{ topic, partitions: [...owned] }] }, version);
  return Buffer.concat(writer.finish());
}

export function assignmentOf(topic: string, partitions: readonly number[]): Buffer {
  const writer = new Writer();
  writer.int16(1);
  encodeConsumerProtocolAssignment(writer, { assignedPartitions: partitions.length === 0 ? [] : [{ topic, partitions }] }, 1);
  return Buffer.concat(writer.finish());
}

const OK = 0;
const NOT_COORDINATOR = 16;
const MEMBER_ID_REQUIRED = 79;
const REBALANCE_IN_PROGRESS = 27;
const UNKNOWN_MEMBER_ID = 25;
const FENCED_INSTANCE_ID = 82;
const TIMEOUT_MS = 60_000;

export interface ClassicOptions {
  readonly cooperative?: boolean;
  readonly instanceId?: string;
  /** Of a rebalance. */
  readonly timeoutMs?: number;
}

/** A consumer of the classic protocol; eager ones give everything up to rebalance, cooperative ones only what they lose. */
export class ClassicClient implements GroupClient {
  readonly name: string;
  owned = new Set<number>();
  /** Set once its instance id was taken by another process: it stops. */
  fenced = false;
  memberId = '';
  generation = -1;
  #client: RawClient;
  /** A connection that does not wait for the answer to a join. */
  #side: RawClient;
  readonly #of: ConsumedTopic;
  readonly #cooperative: boolean;
  readonly #instanceId: string | null;
  readonly #timeoutMs: number;
  #phase: 'join' | 'joining' | 'sync' | 'syncing' | 'stable' | 'gone' = 'join';
  #protocolName: string | null = null;
  #division: readonly { memberId: string; assignment: Buffer }[] = [];
  #joined: JoinGroupResponse | undefined;
  #synced: SyncGroupResponse | undefined;

  constructor(name: string, [client, side]: readonly [RawClient, RawClient], of: ConsumedTopic, options: ClassicOptions = {}) {
    this.name = name;
    this.#client = client;
    this.#side = side;
    this.#of = of;
    this.#cooperative = options.cooperative ?? false;
    this.#instanceId = options.instanceId ?? null;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  reconnect(client: RawClient, side: RawClient): void {
    this.#client = client;
    this.#side = side;
    // What was asked was not answered, and is asked again.
    if (this.#phase === 'joining') this.#phase = 'join';
    if (this.#phase === 'syncing') this.#phase = 'sync';
  }

  get canLeave(): boolean {
    return this.memberId !== '' || this.#phase === 'join';
  }

  get settled(): boolean {
    return this.#phase === 'stable' || this.#phase === 'gone';
  }

  async step(): Promise<void> {
    if (this.#phase === 'join') this.#sendJoin();
    else if (this.#phase === 'joining') this.#readJoin();
    else if (this.#phase === 'sync') this.#sendSync();
    else if (this.#phase === 'syncing') this.#readSync();
    else if (this.#phase === 'stable') await this.#beat();
    // What waits is answered meanwhile, if it is.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #sendJoin(): void {
    if (!this.#cooperative) this.owned.clear();
    this.#phase = 'joining';
    this.#joined = undefined;
    const { group, topic } = this.#of;
    const protocols = [
      { name: this.#cooperative ? 'cooperative-sticky' : 'range', metadata: subscriptionOf(topic, this.#cooperative ? this.owned : []) },
    ];
    const timeouts = { sessionTimeoutMs: TIMEOUT_MS, rebalanceTimeoutMs: this.#timeoutMs };
    const asked = { groupId: group, memberId: this.memberId, groupInstanceId: this.#instanceId, protocolType: 'consumer', protocols };
    this.#client.call('JoinGroup', 7, { ...asked, ...timeouts }).then(
      (answer) => {
        this.#joined = answer;
      },
      () => undefined,
    );
  }

  #readJoin(): void {
    const answer = this.#joined;
    if (answer === undefined) return;
    if (answer.errorCode === MEMBER_ID_REQUIRED) this.memberId = answer.memberId;
    if (answer.errorCode !== OK) {
      this.#again(answer.errorCode ?? OK);
      return;
    }
    this.memberId = answer.memberId;
    this.generation = answer.generationId ?? -1;
    this.#protocolName = answer.protocolName ?? null;
    this.#division = answer.leader === this.memberId ? this.#divide(answer.members) : [];
    this.#phase = 'sync';
  }

  /** Round robin; cooperative leaders hold back what its owner has to give up first. */
  #divide(members: JoinGroupResponse['members']) {
    const ids = members.map(({ memberId }) => memberId).sort();
    const owners = new Map<number, string>();
    for (const { memberId, metadata } of members) {
      for (const { partitions } of readSubscription(metadata)?.ownedPartitions ?? []) for (const p of partitions) owners.set(p, memberId);
    }
    const given = new Map(ids.map((id): [string, number[]] => [id, []]));
    for (let p = 0; p < this.#of.partitions; p++) {
      const to = ids[p % ids.length] as string;
      const owner = owners.get(p);
      if (owner === undefined || owner === to) given.get(to)?.push(p);
    }
    return [...given].map(([memberId, partitions]) => ({ memberId, assignment: assignmentOf(this.#of.topic, partitions) }));
  }

  #sendSync(): void {
    this.#phase = 'syncing';
    this.#synced = undefined;
    const asked = { groupId: this.#of.group, memberId: this.memberId, groupInstanceId: this.#instanceId, generationId: this.generation };
    const named = { protocolType: 'consumer', protocolName: this.#protocolName, assignments: this.#division };
    this.#client.call('SyncGroup', 5, { ...asked, ...named }).then(
      (answer) => {
        this.#synced = answer;
      },
      () => undefined,
    );
  }

  #readSync(): void {
    const answer = this.#synced;
    if (answer === undefined) return;
    if (answer.errorCode !== OK) {
      this.#again(answer.errorCode ?? OK);
      return;
    }
    const assigned = new Set((readAssignment(answer.assignment)?.assignedPartitions ?? []).flatMap(({ partitions }) => partitions));
    const losing = [...this.owned].some((p) => !assigned.has(p));
    this.owned = assigned;
    // Who had to give something up joins again, so that it can be given to others.
    this.#phase = this.#cooperative && losing ? 'join' : 'stable';
  }

  async #beat(): Promise<void> {
    const asked = { groupId: this.#of.group, memberId: this.memberId, groupInstanceId: this.#instanceId, generationId: this.generation };
    const { errorCode } = await this.#client.call('Heartbeat', 4, asked);
    if (errorCode !== OK) this.#again(errorCode ?? OK);
  }

  #again(errorCode: number): void {
    if (errorCode === NOT_COORDINATOR) {
      if (this.#phase !== 'stable') this.#phase = this.#phase === 'syncing' ? 'sync' : 'join';
      return;
    }
    this.#phase = 'join';
    if (errorCode === FENCED_INSTANCE_ID) {
      this.fenced = true;
      this.#phase = 'gone';
    }
    // Only within a rebalance does a member keep what it has.
    if (errorCode !== REBALANCE_IN_PROGRESS && errorCode !== MEMBER_ID_REQUIRED) this.owned.clear();
    if (errorCode === UNKNOWN_MEMBER_ID) this.memberId = '';
  }

  async leave(): Promise<void> {
    this.#phase = 'gone';
    this.owned.clear();
    if (this.memberId === '') return;
    const members = [{ memberId: this.memberId, groupInstanceId: this.#instanceId }];
    await this.#side.call('LeaveGroup', 4, { groupId: this.#of.group, members });
  }

  async commit(offset: number): Promise<readonly number[]> {
    return commitOf(this.#client, this.#of, this.memberId, this.generation, 7, this.owned, offset);
  }
}

/** A consumer of the consumer protocol (KIP-848). */
export class ConsumerClient implements GroupClient {
  readonly name: string;
  owned = new Set<number>();
  epoch = 0;
  readonly memberId: string;
  #client: RawClient;
  readonly #of: ConsumedTopic;
  readonly #instanceId: string | null;
  #topicId = '';
  readonly canLeave = true;
  #gone = false;
  #told = false;

  constructor(name: string, client: RawClient, of: ConsumedTopic, options: { instanceId?: string } = {}) {
    this.name = name;
    this.memberId = `member-${name}`;
    this.#client = client;
    this.#of = of;
    this.#instanceId = options.instanceId ?? null;
  }

  reconnect(client: RawClient): void {
    this.#client = client;
  }

  get settled(): boolean {
    return this.#gone || (this.epoch > 0 && this.#told);
  }

  async step(): Promise<void> {
    if (this.#gone) return;
    const before = this.owned;
    const topicPartitions = before.size === 0 ? [] : [{ topicId: this.#topicId, partitions: [...before] }];
    const answer = await this.#client.call('ConsumerGroupHeartbeat', 1, {
      groupId: this.#of.group,
      memberId: this.memberId,
      memberEpoch: this.epoch,
      instanceId: this.#instanceId,
      rebalanceTimeoutMs: TIMEOUT_MS,
      subscribedTopicNames: [this.#of.topic],
      topicPartitions,
    });
    if (answer.errorCode === NOT_COORDINATOR) return;
    if (answer.errorCode !== OK) {
      this.epoch = 0;
      this.owned = new Set();
      this.#told = false;
      return;
    }
    this.epoch = answer.memberEpoch ?? 0;
    const assignment = answer.assignment?.topicPartitions;
    this.#told = true;
    if (assignment === undefined) return;
    this.#topicId = assignment[0]?.topicId ?? this.#topicId;
    this.owned = new Set(assignment.flatMap(({ partitions }) => partitions));
    this.#told = this.owned.size === before.size && [...this.owned].every((p) => before.has(p));
  }

  async leave(): Promise<void> {
    this.#gone = true;
    this.owned = new Set();
    if (this.epoch > 0) await this.#end(-1);
  }

  /** Goes and will be back, as a static member may. */
  async pause(): Promise<void> {
    this.#gone = true;
    this.owned = new Set();
    await this.#end(-2);
  }

  async #end(memberEpoch: number): Promise<void> {
    const asked = { groupId: this.#of.group, memberId: this.memberId, instanceId: this.#instanceId, memberEpoch, rebalanceTimeoutMs: -1 };
    await this.#client.call('ConsumerGroupHeartbeat', 1, asked);
  }

  async commit(offset: number): Promise<readonly number[]> {
    return commitOf(this.#client, this.#of, this.memberId, this.epoch, 9, this.owned, offset);
  }
}

async function commitOf(
  client: RawClient,
  { group, topic }: ConsumedTopic,
  memberId: string,
  epoch: number,
  version: number,
  owned: Iterable<number>,
  offset: number,
): Promise<readonly number[]> {
  const partitions = [...owned].map((partitionIndex) => ({
    partitionIndex,
    committedOffset: offset,
    committedLeaderEpoch: -1,
    committedMetadata: '',
  }));
  const asked = { groupId: group, memberId, generationIdOrMemberEpoch: epoch, topics: [{ name: topic, partitions }] };
  const { topics } = await client.call('OffsetCommit', version, asked);
  return topics.flatMap((one) => one.partitions.map(({ errorCode }) => errorCode ?? OK));
}

/** What is wrong with who owns what: partitions in two hands. */
export function doublyOwned(clients: Iterable<GroupClient>): readonly string[] {
  const owners = new Map<number, string>();
  const wrong: string[] = [];
  for (const { name, owned } of clients) {
    for (const p of owned) {
      const other = owners.get(p);
      if (other !== undefined) wrong.push(`${p}: ${other} and ${name}`);
      owners.set(p, name);
    }
  }
  return wrong;
}

/** Lets all take their steps until each partition is owned and nobody has anything to do. */
export async function untilSettled(clients: readonly GroupClient[], partitions: number, rounds = 400): Promise<void> {
  let quiet = 0;
  for (let round = 0; round < rounds; round++) {
    for (const client of clients) {
      await client.step();
      const wrong = doublyOwned(clients);
      if (wrong.length > 0) throw new Error(`owned twice: ${wrong.join('; ')}`);
    }
    const owned = clients.reduce((sum, client) => sum + client.owned.size, 0);
    quiet = clients.every(({ settled }) => settled) && owned === partitions ? quiet + 1 : 0;
    if (quiet === 3) return;
  }
  const seen = clients.map(({ name, owned, settled }) => `${name} [${[...owned]}]${settled ? '' : ' not settled'}`);
  throw new Error(`not settled after ${rounds} rounds: ${seen.join(', ')}`);
}
