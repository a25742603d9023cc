/**
 * Committed offsets of 32 neighbouring partitions, and who may commit them.
 *
 * An entry names the member that owns the partition and the epoch at which it got it. Both are in the record that a
 * commit writes, so a commit of an earlier owner cannot slip in, whichever process it comes through. The entry is also
 * what decides between two processes that want to give the partition away: only one of them can write the next version.
 *
 *   1. A partition is given to a member by writing its entry first and the member's record second.
 *   2. An entry loses its owner only after the owner's record was written without the partition, or removed, by a
 *      process that had read the block before. A gift that is still under way to that record then fails.
 *
 * So a record that lists a partition implies an entry that names the member, and two records never list the same one.
 */
import type { ErrorCode, ErrorDetails } from '../errors.ts';
import type { TopicId } from '../ids.ts';
import { GROUP_OFFSETS_PER_BLOCK, OFFSET_METADATA_BYTES_MAX } from '../limits.ts';
import { murmur2 } from '../murmur2.ts';
import { type PartitionName, partitionOf } from './partition-set.ts';

/** Twelve hex digits that stand for a member in an entry; a third of the id's length, so that a block fits one write unit. */
export type OwnerToken = string;

export interface OffsetEntry {
  /** Null when nobody owns the partition. */
  readonly owner: OwnerToken | null;
  /** Epoch at which the owner got it. Classic groups: the generation that committed last. */
  readonly epoch: number;
  /** The owner's last commit sequence that was applied; 0 when it gives none. */
  readonly sequence: number;
  /** The next offset to consume; -1 when nothing was committed. */
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  /** When it was committed, ms; decides expiry. */
  readonly committedAtMs: number;
}

export interface BlockKey {
  readonly topicId: TopicId;
  /** Partition number divided by 32. */
  readonly block: number;
}

export interface OffsetBlock extends BlockKey {
  readonly version: number;
  readonly entries: ReadonlyMap<number, OffsetEntry>;
}

export const NO_ENTRY: OffsetEntry = { owner: null, epoch: 0, sequence: 0, offset: -1, leaderEpoch: -1, metadata: '', committedAtMs: 0 };

const ENCODER = new TextEncoder();

/** The token of a member id: 48 bits, so that two members of one group have the same one in one of 10^8 groups of 1,000. */
export function ownerToken(memberId: string): OwnerToken {
  const high = murmur2(ENCODER.encode(memberId)) >>> 0;
  const low = murmur2(ENCODER.encode(`${memberId}#`)) & 0xffff;
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(4, '0');
}

export function blockOf(name: PartitionName): BlockKey {
  const { topicId, partition } = partitionOf(name);
  return { topicId, block: Math.floor(partition / GROUP_OFFSETS_PER_BLOCK) };
}

export function blockName(key: BlockKey): string {
  return `${key.topicId}#${key.block}`;
}

export function emptyBlock(key: BlockKey): OffsetBlock {
  return { topicId: key.topicId, block: key.block, version: 0, entries: new Map() };
}

/** Who sends a commit. `none`: a consumer that is no member. `generation`: a classic member, whose partitions are not known here. */
export type CommitAuthor =
  | { readonly kind: 'member'; readonly token: OwnerToken; readonly epoch: number }
  | { readonly kind: 'generation'; readonly epoch: number }
  | { readonly kind: 'none' };

export interface OffsetCommit {
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch?: number;
  readonly metadata?: string;
}

/** `superseded`: a commit sent later was applied before; nothing was changed, and nothing is wrong. */
export type CommitAnswer =
  | { readonly kind: 'committed' }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string; readonly details?: ErrorDetails };

/**
 * Decides commits of one block, as one pure function for every adapter and process. `sequence` orders the commits of one
 * author: one at or below the last applied is superseded. Without it (0) commits are applied in the order they come.
 */
export function commitOffsets(
  block: OffsetBlock,
  author: CommitAuthor,
  sequence: number,
  commits: readonly OffsetCommit[],
  nowMs: number,
): { readonly block: OffsetBlock; readonly answers: readonly CommitAnswer[] } {
  const entries = new Map(block.entries);
  let changed = false;
  const answers = commits.map((commit): CommitAnswer => {
    const entry = entries.get(commit.partition) ?? NO_ENTRY;
    const refusal = refusalOf(entry, author, commit);
    if (refusal) return refusal;
    if (author.kind === 'member' && sequence > 0 && sequence <= entry.sequence) return { kind: 'superseded' };
    const next: OffsetEntry = {
      owner: entry.owner,
      epoch: author.kind === 'generation' ? author.epoch : entry.epoch,
      sequence: author.kind === 'member' ? Math.max(sequence, entry.sequence) : 0,
      offset: commit.offset,
      leaderEpoch: commit.leaderEpoch ?? -1,
      metadata: commit.metadata ?? '',
      committedAtMs: nowMs,
    };
    const moved = next.offset !== entry.offset || next.metadata !== entry.metadata || next.leaderEpoch !== entry.leaderEpoch;
    // A commit that moves nothing is not worth a write, unless one before it may still be on its way and would move back.
    if (!moved && next.sequence <= entry.sequence + 1) return { kind: 'unchanged' };
    entries.set(commit.partition, next);
    changed = true;
    return { kind: 'committed' };
  });
  return { block: changed ? { ...block, version: block.version + 1, entries } : block, answers };
}

function refusalOf(entry: OffsetEntry, author: CommitAuthor, commit: OffsetCommit): CommitAnswer | undefined {
  const refuse = (code: ErrorCode, message: string, details: ErrorDetails = {}): CommitAnswer => ({
    kind: 'refused',
    code,
    message,
    details,
  });
  if (!Number.isSafeInteger(commit.offset) || commit.offset < 0) {
    return refuse('INVALID_REQUEST', `offset is ${commit.offset}, it must be a whole number from 0`, {
      field: 'offset',
      value: commit.offset,
      limit: 0,
    });
  }
  const bytes = commit.metadata === undefined ? 0 : ENCODER.encode(commit.metadata).length;
  if (bytes > OFFSET_METADATA_BYTES_MAX) {
    return refuse('OFFSET_METADATA_TOO_LARGE', `metadata has ${bytes} bytes, at most ${OFFSET_METADATA_BYTES_MAX} are allowed`, {
      field: 'metadata',
      value: bytes,
      limit: OFFSET_METADATA_BYTES_MAX,
    });
  }
  if (author.kind === 'none') {
    if (entry.owner === null) return undefined;
    return refuse('UNKNOWN_MEMBER_ID', `partition ${commit.partition} is owned by a member of the group; only it may commit`);
  }
  if (author.epoch < entry.epoch) {
    return refuse(
      author.kind === 'member' ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION',
      `partition ${commit.partition} moved at epoch ${entry.epoch}, the commit has ${author.epoch}; send a heartbeat and see what is still yours`,
    );
  }
  if (author.kind === 'member' && author.token !== entry.owner) {
    return refuse('FENCED_MEMBER_EPOCH', `partition ${commit.partition} is not owned by this member; give it up without a commit`);
  }
  return undefined;
}

/** The block with these partitions given to an owner at an epoch, or to nobody. Its offsets stay as they are. */
export function withOwner(block: OffsetBlock, partitions: readonly number[], owner: OwnerToken | null, epoch: number): OffsetBlock {
  const entries = new Map(block.entries);
  for (const partition of partitions) {
    const entry = entries.get(partition) ?? NO_ENTRY;
    // The epoch never falls, so that what was sent under an earlier one stays refused after the owner has gone.
    entries.set(partition, { ...entry, owner, epoch: Math.max(entry.epoch, epoch), sequence: 0 });
  }
  return { ...block, version: block.version + 1, entries };
}

/** The block without the committed offsets of these partitions; who owns them stays. */
export function withoutOffsets(block: OffsetBlock, partitions: readonly number[]): OffsetBlock {
  const entries = new Map(block.entries);
  for (const partition of partitions) {
    const entry = entries.get(partition);
    if (!entry) continue;
    if (entry.owner === null) entries.delete(partition);
    else entries.set(partition, { ...NO_ENTRY, owner: entry.owner, epoch: entry.epoch, sequence: entry.sequence });
  }
  return { ...block, version: block.version + 1, entries };
}
