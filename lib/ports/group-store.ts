import type { GroupRecord, GroupView, MemberRecord } from '../core/groups/group-record.ts';
import type { BlockKey, OffsetBlock } from '../core/groups/offset-block.ts';

/** A group in a listing. */
export interface GroupSummary {
  readonly group: string;
  readonly kind: GroupRecord['kind'];
  readonly members: number;
}

/**
 * One conditional write of one record. Every record carries its version: the write is made if the stored one has version
 * `expected`, and the new one has a higher version. `expected` 0 means that there is no such record. `next` undefined
 * removes it.
 */
export type GroupWrite =
  | { readonly kind: 'group'; readonly expected: number; readonly next: GroupRecord | undefined }
  | { readonly kind: 'member'; readonly memberId: string; readonly expected: number; readonly next: MemberRecord | undefined }
  | { readonly kind: 'block'; readonly key: BlockKey; readonly expected: number; readonly next: OffsetBlock | undefined };

/**
 * `refused`: the stored version is another one (a write that was sent twice can be refused by itself). `unknown`: no
 * answer; it may be applied now, later or never. Both are resolved by reading again.
 */
export type GroupWriteOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unknown'; readonly cause: unknown };

/**
 * Consumer groups: a record a group, one a member, and one for each block of 32 partitions' offsets. All reads are
 * strongly consistent for each record, and no snapshot of several.
 */
export interface GroupStore {
  /** The group with all its members; undefined when there is no group. Cost: 1 query (1 read a 4 KB). */
  load(group: string): Promise<GroupView | undefined>;

  /** The group and one of its members; what a heartbeat needs when nothing changes. Cost: 2 reads. */
  peek(group: string, memberId: string): Promise<{ readonly group: GroupRecord; readonly member: MemberRecord | undefined } | undefined>;

  /** Blocks of offsets, in the order asked, undefined where nothing was written. Cost: 1 read a block. */
  readBlocks(group: string, keys: readonly BlockKey[]): Promise<readonly (OffsetBlock | undefined)[]>;

  /** Every block of the group. Cost: 1 query (1 read a 4 KB). */
  allBlocks(group: string): Promise<readonly OffsetBlock[]>;

  /**
   * Each write is atomic by itself; there is no order and no atomicity between them. At most one for each record. Never
   * throws for a single write's fate. Cost: 1 write a KB of each record; the first of a group 1 more.
   */
  write(group: string, writes: readonly GroupWrite[]): Promise<readonly GroupWriteOutcome[]>;

  /** Groups in order of their ids (by UTF-16 code units), after `after`, at most `limit`. Eventually consistent. Cost: 1 query a MB. */
  list(after: string | undefined, limit: number): Promise<readonly GroupSummary[]>;
}
