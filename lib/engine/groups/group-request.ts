/** What the doors ask of groups, and what they get; topics by name, as people and clients know them. */
import type { StratalogError } from '../../core/errors.ts';
import type { AssignorName, GroupKind, GroupPhase, MemberState } from '../../core/groups/group-record.ts';
import type { LagStatus } from '../../core/groups/lag-status.ts';
import type { MemberDescription } from '../../core/groups/member-request.ts';
import type { ResetTarget } from '../../core/groups/reset-plan.ts';
import type { TopicId } from '../../core/ids.ts';

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface GroupHeartbeat extends MemberDescription {
  readonly group: string;
  /** Chosen by the client, a UUID for instance; the server gives one to a member that joins without. */
  readonly memberId?: string;
  /** 0 joins; -1 leaves; -2 leaves for a while (static members); else the epoch of the last answer. */
  readonly memberEpoch: number;
  /** What the member owns now; needed once it has given partitions up. */
  readonly owned?: readonly TopicPartitions[];
  /** See `HeartbeatRequest`. Default `fence`. */
  readonly onInstanceConflict?: 'fence' | 'refuse';
}

export interface AssignedPartitions extends TopicPartitions {
  readonly topicId: TopicId;
}

export interface HeartbeatAnswer {
  readonly memberId: string;
  /** To be sent with the next heartbeat and with commits. */
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** All that the member may own now: it gives up the rest, then takes what is new. */
  readonly assignment: readonly AssignedPartitions[];
}

export interface PartitionCommit {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to consume. */
  readonly offset: number;
  readonly leaderEpoch?: number;
  /** At most 4,096 bytes. */
  readonly metadata?: string;
  /** An end offset the consumer has seen; a commit up to here is not checked against the log. */
  readonly seenEnd?: number;
}

export interface GroupCommit {
  readonly group: string;
  /** Left out by a consumer that is no member. */
  readonly memberId?: string;
  /** The member's epoch, or the classic generation. */
  readonly memberEpoch?: number;
  readonly instanceId?: string;
  /**
   * Counts the member's commits from 1: one that arrives after a later one changes nothing. Clients whose protocol has no
   * such number leave it out and have `order` instead.
   */
  readonly sequence?: number;
  /**
   * The connection the commit came by, as a number that rises with each connection accepted. A commit by an older
   * connection than the member's newest one is superseded; within a connection commits come in order.
   */
  readonly order?: number;
  readonly offsets: readonly PartitionCommit[];
  /** Whether offsets beyond the log's end are refused with OFFSET_OUT_OF_RANGE. Default true; Kafka's own protocol takes any. */
  readonly checkEnd?: boolean;
}

export interface CommittedPartition {
  readonly topic: string;
  readonly partition: number;
  /** `superseded`: a later commit was applied before this one. `unchanged`: the offset was committed already. */
  readonly outcome: 'committed' | 'unchanged' | 'superseded' | 'refused';
  readonly error?: StratalogError;
}

export interface CommittedOffset {
  readonly topic: string;
  readonly topicId: TopicId;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly committedAtMs: number;
}

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Null when nothing was committed. */
  readonly committedOffset: number | null;
  readonly metadata: string;
  readonly startOffset: number;
  readonly endOffset: number;
  /** Records that wait; of the whole log where nothing was committed. */
  readonly lag: number;
  /** How old the next record is, ms; null when none waits or it was not asked for. */
  readonly lagMs: number | null;
  /** The member that owns it. */
  readonly memberId: string | null;
  readonly status: LagStatus;
}

export interface GroupLag {
  readonly group: string;
  readonly status: LagStatus;
  readonly lag: number;
  readonly lagMs: number | null;
  /** 0 to 1; null while there is too little to tell. */
  readonly utilisation: number | null;
  readonly partitions: readonly PartitionLag[];
}

export interface DescribedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly zone: string | null;
  readonly memberEpoch: number;
  readonly state: MemberState;
  readonly topics: readonly string[];
  readonly pattern: string | null;
  readonly assignment: readonly AssignedPartitions[];
  readonly target: readonly AssignedPartitions[];
}

export interface GroupDescription extends GroupLag {
  readonly kind: GroupKind;
  readonly state: GroupPhase;
  readonly epoch: number;
  readonly assignmentEpoch: number;
  readonly assignor: AssignorName;
  readonly members: readonly DescribedMember[];
}

export interface GroupReset {
  readonly group: string;
  readonly target: ResetTarget;
  /** Default: everything the group has committed. `partitions` left out means all of the topic. */
  readonly topics?: readonly { readonly topic: string; readonly partitions?: readonly number[] }[];
  /** From a file: an offset for each partition. `target` is not looked at then. */
  readonly offsets?: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[];
  /** Says what would be done. Default false. */
  readonly dryRun?: boolean;
}

export interface ResetPartition {
  readonly topic: string;
  readonly partition: number;
  readonly before: number | null;
  readonly offset: number;
}
