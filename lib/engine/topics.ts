import { StratalogError } from '../core/errors.ts';
import { FLOOR_DELETED, FLOOR_NONE, type PartitionKey, type TopicId, topicIdFrom } from '../core/ids.ts';
import { emptyLeaseRecord, withFloor } from '../core/lease-record.ts';
import {
  checkPartitionCount,
  checkTopicName,
  isTopicName,
  type Topic,
  topicCollisionName,
  unknownPartition,
  withDefaults,
  withoutDefaults,
} from '../core/topic.ts';
import { checkTopicConfigName, checkTopicConfigs, type TopicConfigs, type WriteRules, writeRulesOf } from '../core/topic-config.ts';
import { topicDefaultsAmong } from '../core/topic-defaults.ts';
import type { Clock } from '../ports/clock.ts';
import type { LeaseStore } from '../ports/lease-store.ts';
import type { Random } from '../ports/random.ts';
import type { TopicStore } from '../ports/topic-store.ts';
import { isSettingsRow, KeptSettings, type Settings, type SettingsOwner } from './kept-settings.ts';
import type { EngineSettings } from './settings.ts';

export interface TopicRequest {
  readonly name: string;
  /** Default: the deployment's `defaultPartitions`. */
  readonly partitions?: number | undefined;
  readonly configs?: TopicConfigs | undefined;
  /** Checks everything and stores nothing. */
  readonly validateOnly?: boolean | undefined;
}

export interface TopicChange {
  readonly set?: TopicConfigs | undefined;
  /** Settings that go back to their defaults. */
  readonly remove?: readonly string[] | undefined;
  /** The new total; it may only grow. */
  readonly partitions?: number | undefined;
  readonly validateOnly?: boolean | undefined;
}

export interface TopicDescription {
  readonly topic: Topic;
  readonly partitions: readonly { readonly partition: number; readonly startOffset: number; readonly endOffset: number }[];
}

/** A topic that is being deleted stands under a name no topic can have, until its data is cleaned away. */
export const DELETED_NAME_PREFIX = '~deleted/';
const LIST_PAGE = 1_000;
const CHANGE_TRIES = 20;

interface CatalogPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly topics: TopicStore;
  readonly leases: LeaseStore;
  readonly settings: EngineSettings;
}

/** Which topics to list: those after a name, so many, as of now. */
export interface TopicListRequest {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly fresh?: boolean | undefined;
}

/**
 * The topics of the deployment. Keeps a copy that is at most `catalogMaxAgeMs` old; a name that is not in the copy is
 * always asked for, and what this process changes it sees at once.
 */
export class TopicCatalog {
  readonly #ports: CatalogPorts;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<TopicId, Topic>();
  readonly #rules = new WeakMap<Topic, WriteRules>();
  #version = -1;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;
  #whole: readonly Topic[] | undefined;
  readonly #settings: KeptSettings;
  #defaults: Promise<TopicConfigs> | undefined;
  #gateway: { readonly owner: SettingsOwner; readonly onSettings: (settings: Settings) => void } | undefined;

  constructor(ports: CatalogPorts) {
    this.#ports = ports;
    this.#settings = new KeptSettings(ports);
  }

  /**
   * The topic, or undefined. Cost: nothing in the steady state; 1 read for the version a second, 1 read a new name, 1 read for the defaults of
   * topics when the catalogue has changed.
   */
  async find(name: string): Promise<Topic | undefined> {
    if (!this.#isFresh()) await this.#refresh();
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (!isTopicName(name)) return undefined;
    const [topic, defaults] = await Promise.all([this.#ports.topics.get(name), this.#topicDefaults()]);
    if (topic === undefined || topic.deletedAtMs !== undefined) return undefined;
    return this.#keep(withDefaults(topic, defaults));
  }

  /** What was given to all gateways, to one or to a group while they ran. Cost: 1 read an owner when the catalogue has changed. */
  async settingsOf(owner: SettingsOwner): Promise<Settings> {
    if (!this.#isFresh()) await this.#refresh();
    return this.#settings.of(owner);
  }

  /** Changes what an owner was given. Other processes see it when they next look at the catalogue. Cost: 1 read and 2 to 3 writes. */
  async changeSettings(owner: SettingsOwner, change: (current: Settings) => Settings): Promise<void> {
    await this.#settings.change(owner, change);
    this.invalidate();
    await this.#topicDefaults();
  }

  /** The groups that were given settings. */
  groupsWithSettings(): Promise<readonly string[]> {
    return this.#settings.groups();
  }

  /**
   * From now on this process obeys what is given to the gateway of this number, above what is given to all of them; `onSettings` is told the
   * two together now and whenever they may have changed.
   */
  async actAsGateway(id: number, onSettings: (settings: Settings) => void): Promise<void> {
    this.#gateway = { owner: `gateway/${id}`, onSettings };
    this.invalidate();
    await this.#topicDefaults();
  }

  /** The topic from the copy when that is fresh enough, without waiting; undefined says nothing. For hot paths. */
  peek(name: string): Topic | undefined {
    return this.#isFresh() ? this.#byName.get(name) : undefined;
  }

  /** The topic, or UNKNOWN_TOPIC_OR_PARTITION. */
  async get(name: string): Promise<Topic> {
    const topic = this.peek(name) ?? (await this.find(name));
    if (topic === undefined) throw unknownPartition(name);
    return topic;
  }

  async byId(id: TopicId): Promise<Topic | undefined> {
    if (!this.#isFresh()) await this.#refresh();
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    await this.#loadAll();
    return this.#byId.get(id);
  }

  /** All topics in order of name; with `fresh` whatever other processes have done before this call is seen. Cost: 1 read for that. */
  async list(request: TopicListRequest = {}): Promise<readonly Topic[]> {
    const { after, limit, fresh = false } = request;
    // A look that is under way may have read the version before this call.
    if (fresh) await this.#checking?.catch(() => undefined);
    if (fresh || !this.#isFresh()) await this.#refresh();
    const all = this.#whole ?? (await this.#loadAll());
    if (after === undefined && limit === undefined) return all;
    const from = after === undefined ? 0 : all.findIndex((topic) => topic.name > after);
    return from < 0 ? [] : all.slice(from, limit === undefined ? all.length : from + limit);
  }

  /** What the write path needs of a topic's settings, parsed once. */
  rulesOf(topic: Topic): WriteRules {
    let rules = this.#rules.get(topic);
    if (rules === undefined) {
      rules = writeRulesOf(topic.configs);
      this.#rules.set(topic, rules);
    }
    return rules;
  }

  /**
   * Creates a topic: its lease records first, so that no reader of the metadata finds a partition without one.
   * TOPIC_ALREADY_EXISTS, INVALID_TOPIC, INVALID_PARTITIONS, INVALID_CONFIG. Cost: 2 writes and 1 a partition.
   */
  async create(request: TopicRequest): Promise<Topic> {
    const { leases, clock, random, settings } = this.#ports;
    const topic: Topic = {
      id: topicIdFrom(random.bytes(16)),
      name: checkTopicName(request.name),
      partitions: checkPartitionCount(request.partitions ?? settings.defaultPartitions),
      configs: checkTopicConfigs(request.configs ?? {}),
      createdAtMs: clock.now(),
      version: 0,
    };
    await this.#refresh();
    if ((await this.find(topic.name)) !== undefined) throw alreadyExists(topic.name);
    await this.#refuseCollision(topic.name);
    if (request.validateOnly === true) return withDefaults(topic, await this.#topicDefaults());
    const keys = partitionsOf(topic);
    await leases.create(keys, emptyLeaseRecord(FLOOR_NONE));
    if (!(await this.#store(topic))) {
      await leases.remove(keys);
      throw alreadyExists(topic.name);
    }
    this.invalidate();
    return this.#keep(withDefaults(topic, await this.#topicDefaults()));
  }

  /** Stores a new topic; false when the name belongs to another one. A deletion that stopped half-way is finished first. */
  async #store(topic: Topic): Promise<boolean> {
    const { topics } = this.#ports;
    for (;;) {
      if ((await topics.create(topic)) === 'created') return true;
      const stored = await topics.get(topic.name);
      // The answer of an earlier try may have been lost: then the stored topic is ours.
      if (stored?.id === topic.id) return true;
      if (stored !== undefined && stored.deletedAtMs === undefined) return false;
      if (stored !== undefined) await this.finishDelete(stored);
    }
  }

  /** Changes settings or adds partitions. Unknown names and values out of bounds are refused, nothing is changed then. */
  async alter(name: string, change: TopicChange): Promise<Topic> {
    for (let tries = 0; tries < CHANGE_TRIES; tries++) {
      const topic = await this.#current(name);
      const next = changed(topic, change);
      if (change.validateOnly === true) return withDefaults(next, await this.#topicDefaults());
      if (next.partitions > topic.partitions) {
        await this.#ports.leases.create(partitionsOf(next).slice(topic.partitions), emptyLeaseRecord(FLOOR_NONE));
      }
      if ((await this.#ports.topics.update(next, topic.version)) === 'updated') {
        this.invalidate();
        return withDefaults(next, await this.#topicDefaults());
      }
      await this.#ports.clock.sleep(this.#ports.random.fraction() * 2 ** Math.min(tries, 8));
    }
    throw busy(name);
  }

  /**
   * Deletes a topic. It is marked under its own name first, on the version that was read, so that a partition added at the
   * same time is either sealed with the others or never added; then every floor is raised above all leases, so that no
   * frozen writer can add to it; then the name is free. Data is cleaned away later by retention.
   * Whoever finds a topic marked and not yet gone finishes the work. Cost: 5 writes and 1 read and 1 write a partition.
   */
  async delete(name: string): Promise<void> {
    const { topics, clock, random } = this.#ports;
    for (let tries = 0; tries < CHANGE_TRIES; tries++) {
      const topic = isTopicName(name) ? await topics.get(name) : undefined;
      if (topic === undefined) throw unknownPartition(name);
      if (topic.deletedAtMs !== undefined) return this.finishDelete(topic);
      const marked: Topic = { ...topic, version: topic.version + 1, deletedAtMs: clock.now() };
      if ((await topics.update(marked, topic.version)) === 'updated') return this.finishDelete(marked);
      await clock.sleep(random.fraction() * 2 ** Math.min(tries, 8));
    }
    throw busy(name);
  }

  /** What is left to do once a topic is marked as deleted. May be repeated, and by anyone. */
  async finishDelete(marked: Topic): Promise<void> {
    const { topics } = this.#ports;
    this.invalidate();
    await topics.create({ ...withoutDefaults(marked), name: DELETED_NAME_PREFIX + marked.id, version: 0 });
    await this.sealPartitions(marked);
    await topics.remove(marked.name, marked.id);
    this.invalidate();
  }

  /** Raises the floor of every partition above all leases. May be repeated. */
  async sealPartitions(topic: Topic): Promise<void> {
    let open: readonly PartitionKey[] = partitionsOf(topic);
    for (let tries = 0; open.length > 0; tries++) {
      const records = await this.#ports.leases.read(open);
      const writes = open.flatMap((key, i) => {
        const record = records[i];
        return record === undefined || record.floor === FLOOR_DELETED
          ? []
          : [{ key, expected: record.version, record: withFloor(record, FLOOR_DELETED) }];
      });
      if (writes.length === 0) return;
      const outcomes = await this.#ports.leases.write(writes);
      open = writes.filter((_, i) => outcomes[i]?.kind !== 'applied').map(({ key }) => key);
      if (open.length > 0) await this.#ports.clock.sleep(this.#ports.random.fraction() * 10 * 2 ** Math.min(tries, 6));
    }
  }

  /** Where each partition begins and ends. Cost: 1 read a partition. */
  async describe(name: string): Promise<TopicDescription> {
    const topic = await this.get(name);
    const records = await this.#ports.leases.read(partitionsOf(topic));
    return {
      topic,
      partitions: records.map((record, partition) => {
        if (record === undefined || record.floor === FLOOR_DELETED) throw unknownPartition(name, partition);
        return { partition, startOffset: record.start, endOffset: record.next };
      }),
    };
  }

  /**
   * Stored topics that are deleted: tombstones, whose data is still to be cleaned away, and before them topics that have
   * their own name still, since their deletion was cut short or a lost request created them again.
   * Cost: 1 query a thousand topics.
   */
  async deleted(): Promise<readonly Topic[]> {
    const stored = await this.#stored();
    const tombstones = new Map(stored.filter(isTombstone).map((topic) => [topic.id, topic.deletedAtMs]));
    return stored.flatMap((topic) => {
      const deletedAtMs = topic.deletedAtMs ?? tombstones.get(topic.id);
      return deletedAtMs === undefined ? [] : [{ ...topic, deletedAtMs }];
    });
  }

  /** Forgets the copy, after it turned out to be old. */
  invalidate(): void {
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    this.#version = -1;
    this.#whole = undefined;
    this.#byName.clear();
    this.#byId.clear();
    this.#settings.forget();
    this.#defaults = undefined;
  }

  /** The defaults of topics that were given to the deployment, or to the gateway that this process is. */
  #topicDefaults(): Promise<TopicConfigs> {
    if (this.#defaults !== undefined) return this.#defaults;
    const gateway = this.#gateway;
    const owners: readonly SettingsOwner[] = gateway === undefined ? ['gateways'] : ['gateways', gateway.owner];
    const defaults = Promise.all(owners.map((owner) => this.#settings.of(owner))).then((all) => {
      const settings: Settings = Object.assign({}, ...all);
      if (this.#defaults === defaults) gateway?.onSettings(settings);
      return topicDefaultsAmong(settings);
    });
    this.#defaults = defaults;
    defaults.catch(() => {
      if (this.#defaults === defaults) this.#defaults = undefined;
    });
    return defaults;
  }

  async #current(name: string): Promise<Topic> {
    const topic = isTopicName(name) ? await this.#ports.topics.get(name) : undefined;
    if (topic === undefined || topic.deletedAtMs !== undefined) throw unknownPartition(name);
    return topic;
  }

  #keep(topic: Topic): Topic {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    return topic;
  }

  #isFresh(): boolean {
    return this.#ports.clock.monotonic() - this.#checkedAt < this.#ports.settings.catalogMaxAgeMs;
  }

  #refresh(): Promise<void> {
    this.#checking ??= (async () => {
      const startedAt = this.#ports.clock.monotonic();
      const version = await this.#ports.topics.version();
      if (version !== this.#version) this.invalidate();
      this.#version = version;
      this.#checkedAt = startedAt;
    })().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #loadAll(): Promise<readonly Topic[]> {
    const version = this.#version;
    const [stored, defaults] = await Promise.all([this.#stored(), this.#topicDefaults()]);
    const all = stored.filter((topic) => topic.deletedAtMs === undefined).map((topic) => withDefaults(topic, defaults));
    if (version === this.#version) {
      this.#whole = all;
      for (const topic of all) this.#keep(topic);
    }
    return all;
  }

  /** All that the store has, in order of name. */
  async #stored(): Promise<readonly Topic[]> {
    const all: Topic[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#ports.topics.list(after, LIST_PAGE);
      all.push(...page.filter((row) => !isSettingsRow(row)));
      after = page.at(-1)?.name;
      if (page.length < LIST_PAGE) return all;
    }
  }

  async #refuseCollision(name: string): Promise<void> {
    if (!/[._]/.test(name)) return;
    const collision = topicCollisionName(name);
    const other = (await this.list()).find((topic) => topicCollisionName(topic.name) === collision);
    if (other === undefined) return;
    throw new StratalogError('INVALID_TOPIC', `topic '${name}' collides with '${other.name}': names may not differ in '.' and '_' alone`, {
      field: 'name',
      value: name,
    });
  }
}

export function isTombstone(topic: Topic): boolean {
  return topic.name.startsWith(DELETED_NAME_PREFIX);
}

/** The keys of all partitions of a topic. */
export function partitionsOf(topic: Topic): readonly PartitionKey[] {
  return Array.from({ length: topic.partitions }, (_, partition) => ({ topicId: topic.id, partition }));
}

function changed(topic: Topic, change: TopicChange): Topic {
  const configs: Record<string, string> = { ...topic.configs };
  for (const name of change.remove ?? []) {
    checkTopicConfigName(name);
    delete configs[name];
  }
  Object.assign(configs, checkTopicConfigs(change.set ?? {}));
  const partitions = change.partitions ?? topic.partitions;
  checkPartitionCount(partitions);
  if (change.partitions !== undefined && partitions <= topic.partitions) {
    throw new StratalogError(
      'INVALID_PARTITIONS',
      `topic '${topic.name}' has ${topic.partitions} partitions, ${partitions} is not more; partitions cannot be taken away`,
      { field: 'partitions', value: partitions, limit: topic.partitions + 1, topic: topic.name },
    );
  }
  return { ...topic, configs, partitions, version: topic.version + 1 };
}

function busy(name: string): StratalogError {
  return new StratalogError('REQUEST_TIMED_OUT', `topic '${name}' is being changed by others, ${CHANGE_TRIES} tries met another version`, {
    topic: name,
  });
}

function alreadyExists(name: string): StratalogError {
  return new StratalogError('TOPIC_ALREADY_EXISTS', `topic '${name}' already exists`, { topic: name });
}
