/**
 * What the clients of a simulation saw and what the stores held at its end: all that the checker judges by.
 *
 * Every record's value is a number that no other record has. `began` and `ended` are ticks of the scheduler; a tick
 * orders all that any client did and saw. Times are virtual milliseconds by the stores' clock.
 */

/** A partition's identity: topic id and number in one word. */
export type PartitionName = string;

export interface Operation {
  readonly client: string;
  readonly began: number;
  /** Infinite while no answer has come. */
  ended: number;
}

export interface SentRecord {
  readonly value: number;
  readonly key?: string;
  readonly tombstone?: boolean;
  /** By the sender's clock, which may be wrong by days. */
  readonly timestamp: number;
  /** By the stores' clock. */
  readonly sentMs?: number;
}

/** `failed`: the code says that nothing was written. `unknown`: it may be written. `killed`: the client died. */
export type SendOutcome =
  | { readonly kind: 'pending' | 'unknown' | 'killed' }
  | { readonly kind: 'acked'; readonly baseOffset: number }
  | { readonly kind: 'failed'; readonly code: string };

/** One request to append one batch. Requests with the same records are retries of one send. */
export interface Produce extends Operation {
  readonly kind: 'produce';
  /** Of a topic that is sent to by name: known when it is taken. */
  partition: PartitionName;
  readonly records: readonly SentRecord[];
  /** Set for an idempotent producer. */
  readonly producer?: { readonly id: number; readonly epoch: number; readonly sequence: number };
  readonly acks: 0 | 1 | -1;
  /** Records of an aborted transaction; nobody who reads committed data may see them. */
  readonly aborted?: boolean;
  outcome: SendOutcome;
  /** Set when the answer came later than the request allowed: by so many ms. */
  lateMs?: number;
}

export interface SeenRecord {
  readonly offset: number;
  readonly value: number;
}

export interface Fetch extends Operation {
  readonly kind: 'fetch';
  partition: PartitionName;
  readonly from: number;
  readonly committedOnly?: boolean;
  /** Set when this follows another fetch of the same assigned consumer without a seek. */
  readonly continues?: boolean;
  answer?: {
    readonly records: readonly SeenRecord[];
    readonly highWatermark: number;
    readonly startOffset: number;
    /** Where the next fetch begins. */
    readonly nextOffset: number;
  };
  /** The code that came instead of an answer. */
  error?: string;
}

export interface ListOffsets extends Operation {
  readonly kind: 'list-offsets';
  readonly partition: PartitionName;
  readonly spec: 'earliest' | 'latest';
  offset?: number;
}

export interface DeleteRecords extends Operation {
  readonly kind: 'delete-records';
  readonly partition: PartitionName;
  readonly before: number;
}

export interface Commit extends Operation {
  readonly kind: 'commit';
  readonly group: string;
  readonly member: string;
  readonly memberEpoch: number;
  readonly partition: PartitionName;
  readonly offset: number;
  outcome: 'pending' | 'accepted' | 'refused' | 'unknown';
  /** Set when the group listed the partition as this member's, from before the member was told until the commit ended. */
  isOwner?: boolean;
}

export interface CommittedRead extends Operation {
  readonly kind: 'committed-read';
  readonly group: string;
  readonly partition: PartitionName;
  offset?: number;
}

/** A member of a group holds a partition from `began`, when it was told so, until `ended`, when it gave it up or was fenced. */
export interface Ownership extends Operation {
  readonly kind: 'own';
  readonly group: string;
  readonly member: string;
  readonly memberEpoch: number;
  readonly partition: PartitionName;
  /** When the group stopped waiting for this member; it may not know. Infinite while it never did. */
  fenced: number;
}

export interface OtherOperation extends Operation {
  readonly kind: 'admin' | 'job';
  readonly what: string;
}

export type HistoryOperation = Produce | Fetch | ListOffsets | DeleteRecords | Commit | CommittedRead | Ownership | OtherOperation;

/** A partition as it is after everything came to rest. */
export interface FinalPartition {
  readonly partition: PartitionName;
  readonly start: number;
  readonly end: number;
  /** All that a reader from the start to the end was given. */
  readonly records: readonly SeenRecord[];
  readonly compacted: boolean;
  /** -1 when records never expire. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly deleteRetentionMs: number;
}

export interface FinalStorage {
  /** Keys that the index of any partition names. */
  readonly named: ReadonlySet<string>;
  /** Keys that are in any zone, with the time when they were put. */
  readonly stored: ReadonlyMap<string, number>;
  /** Keys that the index names and a zone lacks, after all jobs have run; undefined before. */
  readonly lacking?: readonly string[];
  /** How old an unnamed object may be before it is garbage. */
  readonly garbageAfterMs: number;
}

export interface History {
  readonly operations: readonly HistoryOperation[];
  readonly partitions: readonly FinalPartition[];
  readonly storage: FinalStorage;
  readonly endMs: number;
  /** By the name that partitions begin with, the tick at which a topic was gone: its name was free. */
  readonly goneTopics?: ReadonlyMap<string, number>;
  /** What went wrong in jobs of maintenance after all faults were over. */
  readonly jobFailures?: readonly string[];
  /** Whether copies of objects went bad in the run. */
  readonly harmed?: boolean;
}
