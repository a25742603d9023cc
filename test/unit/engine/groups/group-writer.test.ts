import { describe, expect, it } from 'vitest';
import { MemoryGroupStore } from '../../../../lib/adapters/memory/group-store.ts';
import { isStratalogError } from '../../../../lib/core/errors.ts';
import { heldBy } from '../../../../lib/core/groups/group-record.ts';
import { blockName, blockOf, ownerToken } from '../../../../lib/core/groups/offset-block.ts';
import { partitionOf } from '../../../../lib/core/groups/partition-set.ts';
import type { GroupCoordinator } from '../../../../lib/engine/groups/group-coordinator.ts';
import type { GroupStore } from '../../../../lib/ports/group-store.ts';
import { topicFact } from '../../core/groups/world.ts';
import { GroupWorld, Member } from './group-world.ts';

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Answers late, in any order, and now and then not at all: the write was made or was not. Every write is checked. */
class TroubledStore implements GroupStore {
  readonly inner = new MemoryGroupStore();
  calm = false;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  async #later<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const turns = this.calm ? 0 : Math.floor(this.#random() * 4);
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    return work();
  }

  load = (group: string) => this.#later(() => this.inner.load(group));
  peek = (group: string, memberId: string) => this.#later(() => this.inner.peek(group, memberId));
  readBlocks: GroupStore['readBlocks'] = (group, keys) => this.#later(() => this.inner.readBlocks(group, keys));
  allBlocks = (group: string) => this.#later(() => this.inner.allBlocks(group));
  list: GroupStore['list'] = (after, limit) => this.#later(() => this.inner.list(after, limit));

  /** One by one, so that others come in between. */
  write: GroupStore['write'] = async (group, writes) => {
    const outcomes = [];
    for (const write of writes) {
      const fate = this.calm ? 1 : this.#random();
      if (fate < 0.04) {
        outcomes.push({ kind: 'unknown' as const, cause: 'not made' });
        continue;
      }
      const [outcome] = await this.#later(() => this.inner.write(group, [write]));
      await this.check(group);
      outcomes.push(fate < 0.08 ? { kind: 'unknown' as const, cause: 'answer lost' } : (outcome ?? { kind: 'refused' as const }));
    }
    return outcomes;
  };

  async check(group: string): Promise<void> {
    const view = await this.inner.load(group);
    if (!view) return;
    const held = [...view.members.values()].flatMap((member) => heldBy(member).map((name) => ({ name, member })));
    expect(new Set(held.map(({ name }) => name)).size).toBe(held.length);
    const blocks = new Map((await this.inner.allBlocks(group)).map((block) => [blockName(block), block]));
    for (const { name, member } of held) {
      expect(blocks.get(blockName(blockOf(name)))?.entries.get(partitionOf(name).partition)?.owner).toBe(ownerToken(member.memberId));
    }
  }
}

const EXPECTED = [
  'UNKNOWN_MEMBER_ID',
  'FENCED_MEMBER_EPOCH',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'STALE_MEMBER_EPOCH',
] as const;

class Run {
  readonly world = new GroupWorld([topicFact(1, 40), topicFact(2, 3)]);
  readonly store: TroubledStore;
  readonly processes: GroupCoordinator[];
  readonly members = new Map<string, Member>();
  readonly committed = new Map<string, number>();
  readonly random: () => number;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.store = new TroubledStore(this.random);
    const modes = ['stateless', 'stateless', 'coordinator'] as const;
    this.processes = modes.map((mode) => this.world.process({ mode }, this.store));
  }

  pick<Value>(list: readonly Value[]): Value {
    return list[Math.floor(this.random() * list.length)] as Value;
  }

  async act(): Promise<void> {
    const process = this.pick(this.processes);
    const id = `m${Math.floor(this.random() * 6)}`;
    const what = this.random();
    const member = this.members.get(id) ?? new Member(id, ['topic-1', 'topic-2']);
    this.members.set(id, member);
    try {
      if (what < 0.65) await member.beat(process);
      else if (what < 0.9) await this.commit(process, member);
      else if (what < 0.95) {
        this.members.delete(id);
        await process.leave('g', id);
      } else {
        // A crash: nobody hears of it but by silence.
        this.members.delete(id);
        this.world.clock.ms += 20_000;
        await process.tick();
      }
    } catch (error) {
      if (!isStratalogError(error, ...EXPECTED)) throw error;
      if (error.code === 'UNKNOWN_MEMBER_ID' || error.code === 'FENCED_MEMBER_EPOCH') Object.assign(member, { epoch: 0, owned: [] });
    }
  }

  /** Offsets only rise, so that what is stored can be compared with what was acknowledged. */
  async commit(process: GroupCoordinator, member: Member): Promise<void> {
    if (member.epoch === 0) return;
    const offset = 1 + Math.floor(this.world.clock.ms / 1_000 - 1_699_999_000);
    const answers = await member.commit(process, offset);
    for (const { topic, partition, outcome } of answers) {
      if (outcome !== 'committed') continue;
      const name = `${topic}/${partition}`;
      this.committed.set(name, Math.max(offset, this.committed.get(name) ?? 0));
    }
  }

  async quiet(): Promise<void> {
    this.store.calm = true;
    const [process] = this.processes as [GroupCoordinator];
    for (let round = 0; round < 30; round++) {
      this.world.clock.ms += 10_000;
      for (const member of this.members.values()) {
        await member.beat(process).catch(() => Object.assign(member, { epoch: 0, owned: [] }));
      }
    }
  }
}

describe('the writes of a step', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
    'keep every partition in one hand and lose no offset, whatever goes wrong between them (seed %i)',
    async (seed) => {
      const run = new Run(seed);
      try {
        for (let round = 0; round < 40; round++) {
          run.world.clock.ms += 1_000;
          await Promise.all(Array.from({ length: 4 }, () => run.act()));
        }
        run.members.set('last', new Member('last', ['topic-1', 'topic-2']));
        await run.quiet();
        const names = [...run.members.values()].flatMap((member) => member.names);
        expect(new Set(names).size).toBe(names.length);
        expect(names.length).toBe(43);
        const offsets = new Map(
          (await (run.processes[0] as GroupCoordinator).fetchOffsets('g')).map((o) => [`${o.topic}/${o.partition}`, o.offset]),
        );
        for (const [name, offset] of run.committed) expect(offsets.get(name) ?? -1).toBeGreaterThanOrEqual(offset);
      } finally {
        await run.world.close();
      }
    },
  );
});
