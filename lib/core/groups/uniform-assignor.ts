/**
 * Uniform and sticky: members get equally many partitions, give or take one, and keep as many of theirs as that allows.
 *
 * A member's new partitions are neighbours where that is possible: their offsets share a block, so its commits are one
 * write. Where partitions have a zone, one goes to a member of its zone as long as that costs no balance and no move; where
 * they have none, the larger shares are spread over the members' zones.
 */
import { type AssignorInput, type AssignorMember, type AssignorResult, inOrder } from './assignor.ts';
import { comparePartitions, type PartitionName, partitionOf, partitionSet } from './partition-set.ts';

export function assignUniform(input: AssignorInput): AssignorResult {
  if (input.members.length === 0) return new Map();
  const members = inOrder(input.members);
  const counts = new Map(input.topics.map((topic) => [topic.id as string, topic.partitions]));
  const kept = keepCurrent(members, counts);
  const free = freePartitions(input, members, kept);
  const first = members[0] as AssignorMember;
  const alike = members.every((m) => m.topics.size === first.topics.size && [...m.topics].every((topic) => first.topics.has(topic)));
  if (alike) shareEqually(members, kept, free, input.zoneOf);
  else shareBySubscription(members, kept, free, input.zoneOf);
  return new Map([...kept].map(([memberId, names]) => [memberId, partitionSet(names)]));
}

type Shares = Map<string, PartitionName[]>;
type ZoneOf = AssignorInput['zoneOf'];

/** What each member has that still exists, that it subscribes to, and that nobody before it has. */
function keepCurrent(members: readonly AssignorMember[], counts: ReadonlyMap<string, number>): Shares {
  const taken = new Set<PartitionName>();
  const kept: Shares = new Map();
  for (const member of members) {
    const names = member.current.filter((name) => {
      const { topicId, partition } = partitionOf(name);
      if (!member.topics.has(topicId) || partition >= (counts.get(topicId) ?? 0) || taken.has(name)) return false;
      taken.add(name);
      return true;
    });
    kept.set(member.memberId, [...names].sort(comparePartitions));
  }
  return kept;
}

function freePartitions(input: AssignorInput, members: readonly AssignorMember[], kept: Shares): PartitionName[] {
  const taken = new Set([...kept.values()].flat());
  const wanted = new Set(members.flatMap((member) => [...member.topics]));
  const free: PartitionName[] = [];
  for (const topic of [...input.topics].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (!wanted.has(topic.id)) continue;
    for (let partition = 0; partition < topic.partitions; partition++) {
      const name = `${topic.id}/${partition}`;
      if (!taken.has(name)) free.push(name);
    }
  }
  return free;
}

/** All subscribe to the same: those who have most get the larger shares, which moves the fewest partitions there can be. */
function shareEqually(members: readonly AssignorMember[], kept: Shares, free: PartitionName[], zoneOf: ZoneOf): void {
  const total = free.length + [...kept.values()].reduce((sum, names) => sum + names.length, 0);
  const share = Math.floor(total / members.length);
  let extra = total % members.length;
  const quotas = new Map<string, number>();
  // Among those who have as much the larger shares go around the zones: no zone carries more of the load than it must.
  const rank = ranksInZones(members);
  const most = [...members].sort(
    (a, b) =>
      (kept.get(b.memberId)?.length ?? 0) - (kept.get(a.memberId)?.length ?? 0) ||
      (rank.get(a.memberId) ?? 0) - (rank.get(b.memberId) ?? 0),
  );
  for (const member of most) quotas.set(member.memberId, share + (extra-- > 0 ? 1 : 0));
  for (const member of members) {
    const names = kept.get(member.memberId) as PartitionName[];
    const surplus = names.length - (quotas.get(member.memberId) ?? 0);
    if (surplus > 0) free.push(...shed(names, surplus, member.zone, zoneOf));
  }
  free.sort(comparePartitions);
  const room = (member: AssignorMember) => (quotas.get(member.memberId) ?? 0) - (kept.get(member.memberId)?.length ?? 0);
  let rest = free;
  if (zoneOf) rest = fillByZone(members, kept, free, zoneOf, room);
  let next = 0;
  for (const member of members) {
    const end = next + room(member);
    kept.get(member.memberId)?.push(...rest.slice(next, end));
    next = end;
  }
}

/** Each member's place among those of its zone. */
function ranksInZones(members: readonly AssignorMember[]): ReadonlyMap<string, number> {
  const seen = new Map<string | undefined, number>();
  return new Map(
    members.map(({ memberId, zone }) => {
      const rank = seen.get(zone) ?? 0;
      seen.set(zone, rank + 1);
      return [memberId, rank];
    }),
  );
}

/** Takes `surplus` names out, those of other zones first, else the last ones, so that what stays is one run. */
function shed(names: PartitionName[], surplus: number, zone: string | undefined, zoneOf: ZoneOf): PartitionName[] {
  const away = zoneOf && zone !== undefined ? names.filter((name) => zoneOf(name) !== zone) : [];
  const gone = new Set(away.slice(-surplus));
  for (let i = names.length - 1; gone.size < surplus; i--) gone.add(names[i] as PartitionName);
  names.splice(0, names.length, ...names.filter((name) => !gone.has(name)));
  return [...gone];
}

function fillByZone(
  members: readonly AssignorMember[],
  kept: Shares,
  free: readonly PartitionName[],
  zoneOf: NonNullable<ZoneOf>,
  room: (member: AssignorMember) => number,
): PartitionName[] {
  const byZone = new Map<string, AssignorMember[]>();
  for (const member of members) {
    if (member.zone === undefined) continue;
    const list = byZone.get(member.zone);
    if (list) list.push(member);
    else byZone.set(member.zone, [member]);
  }
  return free.filter((name) => {
    const near = byZone.get(zoneOf(name) ?? '')?.find((member) => room(member) > 0);
    if (near) kept.get(near.memberId)?.push(name);
    return !near;
  });
}

/** Subscriptions differ: the scarcest partitions go first, to the least loaded; then load moves as long as it evens out. */
function shareBySubscription(members: readonly AssignorMember[], kept: Shares, free: readonly PartitionName[], zoneOf: ZoneOf): void {
  const subscribers = new Map<string, AssignorMember[]>();
  for (const member of members) {
    for (const topic of member.topics) {
      const list = subscribers.get(topic);
      if (list) list.push(member);
      else subscribers.set(topic, [member]);
    }
  }
  const load = (member: AssignorMember) => kept.get(member.memberId)?.length ?? 0;
  const choices = (name: PartitionName) => subscribers.get(partitionOf(name).topicId) ?? [];
  const least = (name: PartitionName): AssignorMember | undefined => {
    let best: AssignorMember | undefined;
    for (const member of choices(name)) {
      if (!best || load(member) < load(best)) best = member;
      else if (zoneOf && load(member) === load(best) && best.zone !== zoneOf(name) && member.zone === zoneOf(name)) best = member;
    }
    return best;
  };
  const scarcest = [...free].sort((a, b) => choices(a).length - choices(b).length || comparePartitions(a, b));
  for (const name of scarcest) {
    const member = least(name);
    if (member) kept.get(member.memberId)?.push(name);
  }
  evenOut(members, kept, least, load);
}

/** Each move lowers the sum of squares of the loads, so this ends. */
function evenOut(
  members: readonly AssignorMember[],
  kept: Shares,
  least: (name: PartitionName) => AssignorMember | undefined,
  load: (member: AssignorMember) => number,
): void {
  for (let moved = true; moved; ) {
    moved = false;
    for (const member of [...members].sort((a, b) => load(b) - load(a))) {
      const names = kept.get(member.memberId) as PartitionName[];
      for (let i = names.length - 1; i >= 0; i--) {
        const name = names[i] as PartitionName;
        const other = least(name);
        if (!other || load(member) <= load(other) + 1) continue;
        names.splice(i, 1);
        kept.get(other.memberId)?.push(name);
        moved = true;
      }
    }
  }
}
