/**
 * The stored form of a group's records as plain JSON values, for every store that keeps text. Names are stored: they are
 * pinned, and what is not known is passed over.
 */
import type { TopicId } from '../ids.ts';
import type { GroupRecord, MemberRecord } from './group-record.ts';
import type { OffsetBlock, OffsetEntry } from './offset-block.ts';
import { fromRanges, toRanges } from './partition-set.ts';

export function groupToJson(group: GroupRecord): string {
  return JSON.stringify(group);
}

export function groupFromJson(json: string): GroupRecord {
  return JSON.parse(json) as GroupRecord;
}

export function memberToJson(member: MemberRecord): string {
  const { assigned, revoking, target, ...rest } = member;
  return JSON.stringify({ ...rest, assigned: toRanges(assigned), revoking: toRanges(revoking), target: toRanges(target) });
}

export function memberFromJson(json: string): MemberRecord {
  const { assigned, revoking, target, ...rest } = JSON.parse(json);
  return { ...rest, assigned: fromRanges(assigned), revoking: fromRanges(revoking), target: fromRanges(target) };
}

/** An entry is a row: partition, owner, epoch, sequence, offset, leader epoch, time, metadata. */
type EntryRow = readonly [number, string | null, number, number, number, number, number, string];

export function blockToJson(block: OffsetBlock): string {
  const rows = [...block.entries].map(
    ([p, e]): EntryRow => [p, e.owner, e.epoch, e.sequence, e.offset, e.leaderEpoch, e.committedAtMs, e.metadata],
  );
  return JSON.stringify({ t: block.topicId, b: block.block, v: block.version, e: rows });
}

export function blockFromJson(json: string): OffsetBlock {
  const { t, b, v, e } = JSON.parse(json) as { t: string; b: number; v: number; e: readonly EntryRow[] };
  const entries = e.map(([p, owner, epoch, sequence, offset, leaderEpoch, committedAtMs, metadata]): [number, OffsetEntry] => [
    p,
    { owner, epoch, sequence, offset, leaderEpoch, metadata, committedAtMs },
  ]);
  return { topicId: t as TopicId, block: b, version: v, entries: new Map(entries) };
}
