/** Groups over the memory stores with a clock that tests turn by hand, and requests that are counted. */

import { fromBlock, fromGroup, fromMember } from '../../../../lib/adapters/dynamodb/group-item.ts';
import type { Item } from '../../../../lib/adapters/dynamodb/item.ts';
import { MemoryGroupStore } from '../../../../lib/adapters/memory/group-store.ts';
import { MemoryWorkStore } from '../../../../lib/adapters/memory/work-store.ts';
import type { TopicFact } from '../../../../lib/core/groups/retarget.ts';
import { GroupCoordinator } from '../../../../lib/engine/groups/group-coordinator.ts';
import type { HeartbeatAnswer, TopicPartitions } from '../../../../lib/engine/groups/group-request.ts';
import type { GroupSettings } from '../../../../lib/engine/groups/settings.ts';
import type { TopicSource } from '../../../../lib/engine/groups/topic-index.ts';
import type { Clock } from '../../../../lib/ports/clock.ts';
import type { GroupStore, GroupWrite } from '../../../../lib/ports/group-store.ts';
import { SILENT } from '../../../../lib/ports/telemetry.ts';
import type { WorkStore } from '../../../../lib/ports/work-store.ts';
import { itemBytes } from '../../adapters/dynamodb/item-bytes.ts';
import { topicFact } from '../../core/groups/world.ts';

export class HandClock implements Clock {
  ms = 1_700_000_000_000;
  now = () => this.ms;
  monotonic = () => this.ms;
  /** A sleep without signal is a retry and passes at once; one with it is the background loop, which tests turn themselves. */
  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    if (signal === undefined) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

/** Requests as DynamoDB bills them: writes of 1 KB and strongly consistent reads of 4 KB, of the items that would stand there. */
export class Bill {
  writes = 0;
  reads = 0;

  counted(store: GroupStore): GroupStore {
    const bill = this;
    return {
      async load(group) {
        const view = await store.load(group);
        const items = view === undefined ? [] : [fromGroup(view.group), ...[...view.members.values()].map(fromMember)];
        bill.reads += readUnits(items);
        return view;
      },
      async peek(group, memberId) {
        bill.reads += 2;
        return store.peek(group, memberId);
      },
      async readBlocks(group, keys) {
        bill.reads += keys.length;
        return store.readBlocks(group, keys);
      },
      async allBlocks(group) {
        const blocks = await store.allBlocks(group);
        bill.reads += readUnits(blocks.map(fromBlock));
        return blocks;
      },
      async write(group, writes) {
        for (const write of writes) bill.writes += writeUnits(write);
        return store.write(group, writes);
      },
      async list(after, limit) {
        bill.reads += 1;
        return store.list(after, limit);
      },
    };
  }

  countedWork(work: WorkStore): WorkStore {
    const bill = this;
    return new Proxy(work, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (name === 'read' || name === 'marks') bill.reads++;
          else bill.writes++;
          return Reflect.apply(value, target, args);
        };
      },
    });
  }

  get dollars(): number {
    return (this.writes * 0.625 + this.reads * 0.125) / 1_000_000;
  }
}

/** What the keys add to an item, with a group and a topic of usual names. */
const KEY_BYTES = 80;

/** A query is billed by the bytes of all items that it reads. */
function readUnits(items: readonly Item[]): number {
  return Math.max(1, Math.ceil(items.reduce((sum, item) => sum + itemBytes(item) + KEY_BYTES, 0) / 4_096));
}

function writeUnits(write: GroupWrite): number {
  if (write.next === undefined) return 1;
  const item = write.kind === 'group' ? fromGroup(write.next) : write.kind === 'member' ? fromMember(write.next) : fromBlock(write.next);
  return Math.ceil((itemBytes(item) + KEY_BYTES) / 1_024);
}

export class GroupWorld {
  readonly clock = new HandClock();
  readonly bill = new Bill();
  readonly store = this.bill.counted(new MemoryGroupStore());
  readonly work = this.bill.countedWork(new MemoryWorkStore());
  topics: readonly TopicFact[];
  readonly ends = new Map<string, number>();
  /** When the next record of every partition was appended; default five seconds ago. */
  nextRecordMs: number | undefined;
  readonly #open: GroupCoordinator[] = [];

  constructor(topics: readonly TopicFact[] = [topicFact(1, 12)]) {
    this.topics = topics;
  }

  process(settings: Partial<GroupSettings> = {}, store: GroupStore = this.store, topics: TopicSource = this.#current): GroupCoordinator {
    const coordinator = new GroupCoordinator({
      clock: this.clock,
      random: { bytes: (n) => crypto.getRandomValues(new Uint8Array(n)), fraction: () => this.#fraction() },
      telemetry: SILENT,
      store,
      work: this.work,
      topics,
      log: {
        bounds: async (keys) => {
          this.bill.reads += keys.length;
          return keys.map((key) => ({ startOffset: 0, endOffset: this.ends.get(`${key.topicId}/${key.partition}`) ?? 1_000 }));
        },
        offsetAt: async () => 7,
        timestampAt: async () => this.nextRecordMs ?? this.clock.ms - 5_000,
      },
      settings: { owner: `process-${this.#open.length}`, ...settings },
    });
    this.#open.push(coordinator);
    return coordinator;
  }

  /** Knows of every topic at once. */
  readonly #current: TopicSource = {
    list: async () => this.topics,
    byId: async (id) => this.topics.find((topic) => topic.id === id),
  };

  /** Knows the topics as they are now until it is asked to look again; counts how often it was. */
  oldCopy(): TopicSource & { readonly looks: number } {
    let copy = this.topics;
    let looks = 0;
    const list: TopicSource['list'] = async (options) => {
      if (!options?.fresh) return copy;
      looks++;
      copy = this.topics;
      return copy;
    };
    return {
      list,
      byId: async (id) => copy.find((topic) => topic.id === id) ?? (await list({ fresh: true })).find((topic) => topic.id === id),
      get looks() {
        return looks;
      },
    };
  }

  #seed = 1;
  #fraction(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((coordinator) => coordinator.close()));
  }
}

/** A member that obeys. */
export class Member {
  epoch = 0;
  owned: readonly TopicPartitions[] = [];
  sequence = 0;
  readonly id: string;
  readonly group: string;
  readonly topics: readonly string[];

  constructor(id: string, topics: readonly string[] = ['topic-1'], group = 'g') {
    this.id = id;
    this.topics = topics;
    this.group = group;
  }

  async beat(process: GroupCoordinator, more: { instanceId?: string; sessionTimeoutMs?: number } = {}): Promise<HeartbeatAnswer> {
    const request = { group: this.group, memberId: this.id, memberEpoch: this.epoch, owned: this.owned, ...more };
    const answer = await process.heartbeat(this.epoch === 0 ? { ...request, topics: this.topics } : request);
    this.epoch = answer.memberEpoch;
    this.owned = answer.assignment.map(({ topic, partitions }) => ({ topic, partitions }));
    return answer;
  }

  get count(): number {
    return this.owned.reduce((sum, { partitions }) => sum + partitions.length, 0);
  }

  get names(): readonly string[] {
    return this.owned.flatMap(({ topic, partitions }) => partitions.map((p) => `${topic}/${p}`));
  }

  commit(process: GroupCoordinator, offset: number, sequence = ++this.sequence) {
    const offsets = this.owned.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition, offset, seenEnd: offset })),
    );
    return process.commit({ group: this.group, memberId: this.id, memberEpoch: this.epoch, sequence, offsets });
  }
}
