/** When a committed offset is forgotten. The rules are those of Kafka's `offsets.retention.minutes` (KIP-211). */
import type { GroupRecord } from './group-record.ts';
import type { OffsetEntry } from './offset-block.ts';

/**
 * An offset of a topic that the group consumes never expires while the group has members. A group that has lost its
 * members keeps its offsets for the retention from that moment; standalone commits and topics that are no longer
 * subscribed keep theirs from the commit.
 */
export function offsetExpired(entry: OffsetEntry, group: GroupRecord, subscribed: boolean, nowMs: number, retentionMs: number): boolean {
  if (entry.offset < 0) return false;
  if (group.members > 0 && subscribed) return false;
  const since =
    group.members === 0 && group.kind !== 'simple' ? Math.max(group.emptySinceMs ?? 0, entry.committedAtMs) : entry.committedAtMs;
  return nowMs - since >= retentionMs;
}
