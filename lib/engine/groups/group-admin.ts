import { StratalogError } from '../../core/errors.ts';
import { type GroupView, unknownGroup } from '../../core/groups/group-record.ts';
import { blockName, blockOf, commitOffsets, emptyBlock, withOwner } from '../../core/groups/offset-block.ts';
import { checkResetTarget, type ResetTarget, resetOffset, resetTime } from '../../core/groups/reset-plan.ts';
import { subscribedTopics } from '../../core/groups/retarget.ts';
import { unknownPartition } from '../../core/topic.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore } from '../../ports/group-store.ts';
import type { GroupOffsets } from './group-offsets.ts';
import type { CommittedOffset, GroupReset, ResetPartition } from './group-request.ts';
import type { LogView } from './log-view.ts';
import type { TopicIndex } from './topic-index.ts';

export interface AdminPorts {
  readonly store: GroupStore;
  readonly clock: Clock;
  readonly log: LogView;
  readonly offsets: GroupOffsets;
}

const TRIES = 5;

/** Removes a group without members, offsets first. NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND. */
export async function deleteGroup({ store }: AdminPorts, view: GroupView): Promise<void> {
  const id = view.group.group;
  refuseMembers(view, 'deleted');
  for (const block of await store.allBlocks(id)) {
    await store.write(id, [{ kind: 'block', key: block, expected: block.version, next: undefined }]);
  }
  const [outcome] = await store.write(id, [{ kind: 'group', expected: view.group.version, next: undefined }]);
  if (outcome?.kind === 'applied') return;
  throw new StratalogError('COORDINATOR_NOT_AVAILABLE', `group '${id}' changed while it was being deleted; try again`, {
    retryAfterMs: 200,
  });
}

/** Forgets what is committed for some partitions. GROUP_SUBSCRIBED_TO_TOPIC while members consume the topic. */
export async function deleteOffsets(
  { store, offsets }: AdminPorts,
  view: GroupView,
  topics: TopicIndex,
  wanted: readonly { readonly topic: string; readonly partitions?: readonly number[] }[],
): Promise<number> {
  if (view.group.version === 0) throw unknownGroup(view.group.group);
  const consumed = new Set(
    view.members.size === 0 ? [] : subscribedTopics(view.group.topics, view.group.patterns, topics.topics).map((t) => t.name),
  );
  for (const { topic } of wanted) {
    if (!topics.named(topic)) throw unknownPartition(topic);
    if (!consumed.has(topic)) continue;
    throw new StratalogError('GROUP_SUBSCRIBED_TO_TOPIC', `group '${view.group.group}' consumes '${topic}'; stop its members first`, {
      topic,
    });
  }
  let gone = 0;
  for (const block of await store.allBlocks(view.group.group)) {
    const name = topics.withId(block.topicId)?.name;
    const asked = wanted.filter(({ topic }) => topic === name);
    const list = [...block.entries]
      .filter(([p, e]) => e.offset >= 0 && asked.some(({ partitions }) => partitions?.includes(p) ?? true))
      .map(([p]) => p);
    if (list.length > 0 && (await offsets.remove(view.group.group, block, list))) gone += list.length;
  }
  return gone;
}

/** Puts offsets elsewhere, or says where it would. NON_EMPTY_GROUP while the group has members, as Kafka's tool does. */
export async function resetGroup(
  ports: AdminPorts,
  view: GroupView,
  topics: TopicIndex,
  request: GroupReset,
): Promise<readonly ResetPartition[]> {
  if (request.dryRun !== true) refuseMembers(view, 'reset');
  const committed = await ports.offsets.fetch(view);
  const plan = request.offsets
    ? await planFromFile(ports, topics, request.offsets, committed)
    : await planOf(ports, topics, request, committed);
  if (request.dryRun !== true) await apply(ports, view.group.group, topics, plan);
  return plan;
}

function refuseMembers(view: GroupView, what: string): void {
  if (view.group.version === 0 && what === 'deleted') throw unknownGroup(view.group.group);
  if (view.members.size === 0) return;
  throw new StratalogError(
    'NON_EMPTY_GROUP',
    `group '${view.group.group}' has ${view.members.size} ${view.members.size === 1 ? 'member' : 'members'}; it can be ${what} when all have left`,
    { field: 'group', value: view.group.group },
  );
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

function placesOf(topics: TopicIndex, request: GroupReset, committed: readonly CommittedOffset[]): readonly Place[] {
  if (!request.topics) return committed.map(({ topic, partition }) => ({ topic, partition }));
  return request.topics.flatMap(({ topic, partitions }) => {
    const fact = topics.named(topic);
    if (!fact) throw unknownPartition(topic);
    for (const p of partitions ?? []) if (!(Number.isInteger(p) && p >= 0 && p < fact.partitions)) throw unknownPartition(topic, p);
    return (partitions ?? Array.from({ length: fact.partitions }, (_, p) => p)).map((partition) => ({ topic, partition }));
  });
}

async function planOf(
  ports: AdminPorts,
  topics: TopicIndex,
  request: GroupReset,
  committed: readonly CommittedOffset[],
): Promise<readonly ResetPartition[]> {
  const places = placesOf(topics, request, committed);
  const target = checkResetTarget(request.target);
  const timeMs = resetTime(target, ports.clock.now());
  const bounds = await boundsOf(ports, topics, places);
  const plan: ResetPartition[] = [];
  for (const [i, place] of places.entries()) {
    const bound = bounds[i];
    if (!bound) throw unknownPartition(place.topic, place.partition);
    const before = beforeOf(committed, place);
    const timeOffset = timeMs === undefined ? -1 : await ports.log.offsetAt(place.topic, place.partition, timeMs);
    plan.push({ ...place, before, offset: resetOffset(target, { ...bound, committed: before ?? -1, timeOffset }) });
  }
  return plan;
}

async function planFromFile(
  ports: AdminPorts,
  topics: TopicIndex,
  lines: NonNullable<GroupReset['offsets']>,
  committed: readonly CommittedOffset[],
): Promise<readonly ResetPartition[]> {
  const bounds = await boundsOf(ports, topics, lines);
  return lines.map((line, i) => {
    const bound = bounds[i];
    if (!bound) throw unknownPartition(line.topic, line.partition);
    const target: ResetTarget = checkResetTarget({ kind: 'offset', offset: line.offset });
    return {
      topic: line.topic,
      partition: line.partition,
      before: beforeOf(committed, line),
      offset: resetOffset(target, { ...bound, committed: -1 }),
    };
  });
}

function beforeOf(committed: readonly CommittedOffset[], place: Place): number | null {
  return committed.find((offset) => offset.topic === place.topic && offset.partition === place.partition)?.offset ?? null;
}

function boundsOf({ log }: AdminPorts, topics: TopicIndex, places: readonly Place[]) {
  return log.bounds(
    places.map(({ topic, partition }) => {
      const fact = topics.named(topic);
      if (!fact || partition >= fact.partitions) throw unknownPartition(topic, partition);
      return { topicId: fact.id, partition };
    }),
  );
}

/** The group has no member, so an owner that still stands in an entry is one that was removed by a process that died. */
async function apply({ store, clock }: AdminPorts, group: string, topics: TopicIndex, plan: readonly ResetPartition[]): Promise<void> {
  const byBlock = new Map<string, { name: string; places: ResetPartition[] }>();
  for (const place of plan) {
    const name = `${topics.named(place.topic)?.id}/${place.partition}`;
    const key = blockName(blockOf(name));
    const found = byBlock.get(key) ?? { name, places: [] };
    found.places.push(place);
    byBlock.set(key, found);
  }
  for (const { name, places } of byBlock.values()) {
    const key = blockOf(name);
    for (let tries = 0; ; tries++) {
      const stored = (await store.readBlocks(group, [key]))[0] ?? emptyBlock(key);
      const free = withOwner(
        stored,
        places.map((p) => p.partition),
        null,
        0,
      );
      const { block } = commitOffsets(free, { kind: 'none' }, 0, places, clock.now());
      const [outcome] = await store.write(group, [
        { kind: 'block', key, expected: stored.version, next: { ...block, version: stored.version + 1 } },
      ]);
      if (outcome?.kind === 'applied') break;
      if (tries >= TRIES)
        throw new StratalogError('COORDINATOR_NOT_AVAILABLE', `offsets of group '${group}' are being changed; try again`, {
          retryAfterMs: 200,
        });
    }
  }
}
