/**
 * Reads that are no snapshot. Each item is read as it is at some moment of the call, so a reader of several may see some as
 * they were before another's writes and some as they are after; listings may be old; and the counter that tells processes
 * to look at the catalogue again moves after the catalogue.
 */
import type { MemberRecord } from '../../lib/core/groups/group-record.ts';
import type { OffsetBlock } from '../../lib/core/groups/offset-block.ts';
import type { GroupStore, GroupSummary } from '../../lib/ports/group-store.ts';
import type { TopicStore } from '../../lib/ports/topic-store.ts';
import type { Scheduler } from './scheduler.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How long a query takes from its first item to its last. */
const QUERY_MS_MAX = 50;
/** How many queries take any time at all. */
const LONG = 0.3;
/** How old a listing may be. */
const LISTING_AGE_MS_MAX = 5_000;
/** How long after a topic the counter moves, and how often whoever should have moved it died. */
const COUNTER_MS_MAX = 2_000;
const COUNTER_STANDS = 0.05;

/** Groups whose queries take time, in which others write. */
export function halfSeenGroups(inner: GroupStore, scheduler: Scheduler, random: SeededRandom): GroupStore {
  let listed: { readonly groups: readonly GroupSummary[]; readonly untilMs: number } | undefined;
  /** What is there as a query begins and as it ends. */
  const beginAndEnd = async <Answer>(read: () => Promise<Answer>): Promise<readonly [Answer, Answer]> => {
    const before = await read();
    if (!random.chance(LONG)) return [before, before];
    await scheduler.wait(random.between(0, QUERY_MS_MAX), 'a query goes on');
    return [before, await read()];
  };
  const earlier = (): boolean => random.chance(0.5);
  return {
    load: async (group) => {
      const [before, after] = await beginAndEnd(() => inner.load(group));
      if (before === undefined) return undefined;
      const members = new Map<string, MemberRecord>();
      for (const id of [...new Set([...before.members.keys(), ...(after?.members.keys() ?? [])])].sort()) {
        const member = (earlier() ? before : after)?.members.get(id);
        if (member !== undefined) members.set(id, member);
      }
      return { ...before, members };
    },
    peek: async (group, memberId) => {
      const [before, after] = await beginAndEnd(() => inner.peek(group, memberId));
      if (before === undefined) return undefined;
      return { group: before.group, member: (earlier() ? before : after)?.member };
    },
    readBlocks: async (group, keys) => {
      const [before, after] = await beginAndEnd(() => inner.readBlocks(group, keys));
      return keys.map((_, at) => (earlier() ? before : after)[at]);
    },
    allBlocks: async (group) => {
      const [before, after] = await beginAndEnd(() => inner.allBlocks(group));
      const name = ({ topicId, block }: OffsetBlock): string => `${topicId}#${block}`;
      const [old, fresh] = [before, after].map((blocks) => new Map(blocks.map((block) => [name(block), block])));
      return [...new Set([...before, ...after].map(name))].sort().flatMap((key) => (earlier() ? old : fresh)?.get(key) ?? []);
    },
    write: (group, writes) => inner.write(group, writes),
    list: async (after, limit) => {
      if (listed === undefined || listed.untilMs < scheduler.nowMs) {
        listed = {
          groups: await inner.list(undefined, Number.MAX_SAFE_INTEGER),
          untilMs: scheduler.nowMs + random.between(0, LISTING_AGE_MS_MAX),
        };
      }
      return listed.groups.filter(({ group }) => after === undefined || group > after).slice(0, limit);
    },
  };
}

/** A catalogue whose counter moves after it, or, when its writer died in between, not before the next change. */
export function lateCounter(inner: TopicStore, scheduler: Scheduler, random: SeededRandom): TopicStore {
  let counter = 0;
  const moved = (): void => {
    if (random.chance(COUNTER_STANDS)) return;
    scheduler.at(random.between(0, COUNTER_MS_MAX), 'the counter of the catalogue moves', () => {
      counter += 1;
    });
  };
  const changing = async <Answer>(change: Promise<Answer>): Promise<Answer> => {
    const answer = await change;
    moved();
    return answer;
  };
  return {
    create: (topic) => changing(inner.create(topic)),
    get: (name) => inner.get(name),
    list: (after, limit) => inner.list(after, limit),
    update: (topic, expected) => changing(inner.update(topic, expected)),
    remove: (name, id) => changing(inner.remove(name, id)),
    version: async () => counter,
  };
}
