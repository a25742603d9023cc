/**
 * Writes what a step has decided, in the order that keeps every partition in one hand whatever other process writes at
 * the same time and wherever this one stops:
 *
 *   1. read the blocks of the partitions that move
 *   2. the group's record with its new epoch: whoever leads no more is refused here
 *   3. members without what they lose, and without what they gain; a new member's record begins without partitions
 *   4. the blocks: lost partitions lose their owner, gained ones get theirs
 *   5. members with what they gain
 *   6. the group's record: from now on the targets are those of the new epoch
 *
 * A refusal anywhere means that another process was faster: everything is read again and decided anew.
 */
import { type GroupRecord, type GroupView, heldBy, type MemberRecord } from '../../core/groups/group-record.ts';
import { blockName, blockOf, emptyBlock, type OffsetBlock, ownerToken, withOwner } from '../../core/groups/offset-block.ts';
import { type PartitionName, partitionOf, without } from '../../core/groups/partition-set.ts';
import type { GroupStore, GroupWrite } from '../../ports/group-store.ts';

/** Another process has written first, or nobody knows: read again. */
export const CONFLICT = Symbol('conflict');

interface Move {
  readonly before: MemberRecord | undefined;
  readonly after: MemberRecord | undefined;
  readonly gains: readonly PartitionName[];
  readonly losses: readonly PartitionName[];
}

/** The view as it is stored now, with the versions that were written; CONFLICT when something was refused. */
export async function writeGroup(
  store: GroupStore,
  before: GroupView,
  after: GroupView,
  coordinatorEpoch: number,
): Promise<GroupView | typeof CONFLICT> {
  const moves = movesOf(before, after);
  if (after.group === before.group && moves.length === 0) return before;
  if (before.group.coordinatorEpoch > coordinatorEpoch && coordinatorEpoch > 0) return CONFLICT;
  const id = before.group.group;
  const blocks = await blocksOf(store, id, moves);
  const writer = new StepWriter(store, id, before);
  const epoch = Math.max(coordinatorEpoch, before.group.coordinatorEpoch);
  const retargeted = after.group.assignmentEpoch !== before.group.assignmentEpoch;
  const first = { ...after.group, coordinatorEpoch: epoch, assignmentEpoch: before.group.assignmentEpoch };
  if (after.group !== before.group && !(await writer.group(first))) return CONFLICT;
  const firsts = moves.flatMap(firstWrite);
  const stale = staleOwners(before, moves, blocks, new Set(firsts.map(([old, next]) => (old ?? next)?.memberId)));
  if (!(await stillUnknown(store, before, moves, blocks, writer.view().group.version))) return CONFLICT;
  if (!(await writer.members(firsts, stale))) return CONFLICT;
  if (!(await writer.blocks(blocks, moves))) return CONFLICT;
  if (!(await writer.members(moves.flatMap(secondWrite), []))) return CONFLICT;
  if (retargeted && !(await writer.group({ ...first, assignmentEpoch: after.group.assignmentEpoch }))) return CONFLICT;
  return writer.view();
}

function movesOf(before: GroupView, after: GroupView): readonly Move[] {
  const moves: Move[] = [];
  for (const member of before.members.values()) {
    if (!after.members.has(member.memberId)) moves.push({ before: member, after: undefined, gains: [], losses: heldBy(member) });
  }
  for (const member of after.members.values()) {
    const old = before.members.get(member.memberId);
    if (old === member) continue;
    // Who joins again has given everything up and gets it anew: its entries must show the new epoch.
    const had = old && member.epoch >= old.epoch && old.joinedAtMs === member.joinedAtMs && !rejoined(old, member) ? heldBy(old) : [];
    moves.push({
      before: old,
      after: member,
      gains: without(heldBy(member), had),
      losses: without(old ? heldBy(old) : [], heldBy(member)),
    });
  }
  return moves;
}

/** A heartbeat moves a member from its epoch to the next; joining again starts from none. */
function rejoined(old: MemberRecord, member: MemberRecord): boolean {
  return member.epoch !== old.epoch && member.previousEpoch !== old.epoch;
}

async function blocksOf(store: GroupStore, group: string, moves: readonly Move[]): Promise<Map<string, OffsetBlock>> {
  const keys = new Map(moves.flatMap((move) => [...move.gains, ...move.losses]).map((name) => [blockName(blockOf(name)), blockOf(name)]));
  if (keys.size === 0) return new Map();
  const found = await store.readBlocks(group, [...keys.values()]);
  return new Map([...keys].map(([name, key], i) => [name, found[i] ?? emptyBlock(key)]));
}

/**
 * Members whose token stands in an entry that somebody else is to get, and whose record does not list the partition: a
 * gift to them may still be under way. Writing their record as it is makes that gift fail.
 */
function staleOwners(
  before: GroupView,
  moves: readonly Move[],
  blocks: ReadonlyMap<string, OffsetBlock>,
  written: ReadonlySet<string | undefined>,
): readonly MemberRecord[] {
  const byToken = new Map([...before.members.values()].map((member) => [ownerToken(member.memberId), member]));
  const stale = new Set<MemberRecord>();
  for (const { owner } of foreignOwners(moves, blocks)) {
    const member = byToken.get(owner);
    if (member && !written.has(member.memberId)) stale.add(member);
  }
  return [...stale];
}

/** Owners that stand in the entries of partitions which somebody else is to get. */
function foreignOwners(moves: readonly Move[], blocks: ReadonlyMap<string, OffsetBlock>): readonly { readonly owner: string }[] {
  return moves.flatMap(({ after, gains }) => {
    const mine = after && ownerToken(after.memberId);
    return gains.flatMap((name) => {
      const owner = blocks.get(blockName(blockOf(name)))?.entries.get(partitionOf(name).partition)?.owner;
      return owner && owner !== mine ? [{ owner }] : [];
    });
  });
}

/**
 * An owner that is no member in this view may have joined since, and own the partition by now. It is gone for good only
 * if the group, read after the block, still does not have it.
 */
async function stillUnknown(
  store: GroupStore,
  before: GroupView,
  moves: readonly Move[],
  blocks: ReadonlyMap<string, OffsetBlock>,
  version: number,
): Promise<boolean> {
  const known = new Set([...before.members.keys()].map(ownerToken));
  if (foreignOwners(moves, blocks).every(({ owner }) => known.has(owner))) return true;
  const now = await store.load(before.group.group);
  return (now?.group.version ?? 0) === version && [...(now?.members.keys() ?? [])].every((memberId) => before.members.has(memberId));
}

type MemberWrite = readonly [before: MemberRecord | undefined, after: MemberRecord | undefined];

function firstWrite({ before, after, gains, losses }: Move): MemberWrite[] {
  if (!after) return [[before, undefined]];
  if (before && gains.length > 0 && losses.length === 0 && !rejoined(before, after)) return [];
  if (gains.length === 0) return [[before, after]];
  return [[before, { ...after, state: 'unreleased', assigned: without(after.assigned, gains), revoking: without(after.revoking, gains) }]];
}

function secondWrite({ before, after, gains }: Move): MemberWrite[] {
  return after && gains.length > 0 ? [[before ?? after, after]] : [];
}

/** Carries versions from write to write. */
class StepWriter {
  readonly #store: GroupStore;
  readonly #id: string;
  #group: GroupRecord;
  readonly #members: Map<string, MemberRecord>;

  constructor(store: GroupStore, id: string, before: GroupView) {
    this.#store = store;
    this.#id = id;
    this.#group = before.group;
    this.#members = new Map(before.members);
  }

  view(): GroupView {
    return { group: this.#group, members: this.#members };
  }

  async group(next: GroupRecord): Promise<boolean> {
    const record = { ...next, version: this.#group.version + 1 };
    if (!(await this.#write([{ kind: 'group', expected: this.#group.version, next: record }]))) return false;
    this.#group = record;
    return true;
  }

  async members(writes: readonly MemberWrite[], touched: readonly MemberRecord[]): Promise<boolean> {
    const all: MemberWrite[] = [...writes, ...touched.map((member): MemberWrite => [member, member])];
    const next = all.map(([before, after]): GroupWrite => {
      const memberId = (before ?? after)?.memberId ?? '';
      const stored = this.#members.get(memberId);
      const version = (stored?.version ?? after?.version ?? 0) + 1;
      return { kind: 'member', memberId, expected: stored?.version ?? 0, next: after && { ...after, version } };
    });
    if (!(await this.#write(next))) return false;
    for (const write of next) {
      if (write.kind !== 'member') continue;
      if (write.next) this.#members.set(write.memberId, write.next);
      else this.#members.delete(write.memberId);
    }
    return true;
  }

  async blocks(blocks: ReadonlyMap<string, OffsetBlock>, moves: readonly Move[]): Promise<boolean> {
    const next = new Map(blocks);
    const put = (name: PartitionName, owner: string | null, epoch: number) => {
      const key = blockName(blockOf(name));
      const block = next.get(key);
      if (block) next.set(key, withOwner(block, [partitionOf(name).partition], owner, epoch));
    };
    for (const move of moves) for (const name of move.losses) put(name, null, 0);
    for (const move of moves) for (const name of move.gains) if (move.after) put(name, ownerToken(move.after.memberId), move.after.epoch);
    const writes = [...next].map(([key, block]): GroupWrite => {
      const expected = blocks.get(key)?.version ?? 0;
      return { kind: 'block', key: block, expected, next: { ...block, version: expected + 1 } };
    });
    return this.#write(writes);
  }

  async #write(writes: readonly GroupWrite[]): Promise<boolean> {
    if (writes.length === 0) return true;
    const outcomes = await this.#store.write(this.#id, writes);
    return outcomes.every((outcome) => outcome.kind === 'applied');
  }
}
