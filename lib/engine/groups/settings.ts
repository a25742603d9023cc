import type { MigrationPolicy } from '../../core/groups/migration.ts';
import { GROUP_HEARTBEAT_INTERVAL_MS, GROUP_LAG_SAMPLE_MS, GROUP_OFFSETS_RETENTION_MS, WORK_LEASE_MS } from '../../core/limits.ts';

export interface GroupSettings {
  /**
   * `coordinator`: this process holds work leases and keeps members' liveness in memory (gateway, embedded). `stateless`:
   * nothing is kept between requests, and a heartbeat is written when a third of the session has passed (Lambda).
   */
  readonly mode: 'coordinator' | 'stateless';
  /** How other processes and clients name this one, `HOST:PORT` where it can be reached. */
  readonly owner: string;
  /** How often members are told to send a heartbeat, ms. Shorter finds crashes no sooner: the session timeout does. Default 5,000. */
  readonly heartbeatIntervalMs: number;
  /**
   * The same for a member that has just joined or whose partitions are on their way, ms: a move takes two heartbeats. Costs
   * requests while a group settles, and no writes. Default 1,000.
   */
  readonly movingIntervalMs: number;
  /** How long a work lease holds, ms; it is renewed at a third. Shorter means a quicker take-over and more writes. Default 45,000. */
  readonly workLeaseMs: number;
  /**
   * Whether a process that other means have shown to be gone owns this name; its groups are then taken over before its work lease has
   * run out. A wrong answer costs a take-over more. Default: nobody is known to be gone.
   */
  readonly isGone?: ((owner: string) => boolean) | undefined;
  /**
   * Kafka's `group.consumer.migration.policy`: whether a group with members goes from the classic to the consumer protocol when a member
   * of that joins, and back when the last one of them is gone. The same for every process of a deployment. Default `bidirectional`.
   */
  readonly migration: MigrationPolicy;
  /** Kafka's `offsets.retention.minutes`, in ms. Default 7 days. */
  readonly offsetsRetentionMs: number;
  /** How often a coordinator looks for silent members and changed topics, ms. Default 500. */
  readonly tickMs: number;
  /**
   * Distance of two looks at the partitions of a group, ms, and so of the samples of their sliding windows, of which ten are
   * kept; three without a commit are a stop. Costs 1 read a partition and 1 a block. Default 5,000.
   */
  readonly lagSampleMs: number;
  /**
   * What those looks may cost a group on average; looks at many partitions are further apart, a minute at most. Default 1, which
   * is 0.33 dollars a month with DynamoDB. A process beside its own store can afford more.
   */
  readonly lagReadsPerSecond: number;
}

export const GROUP_SETTINGS: GroupSettings = {
  mode: 'coordinator',
  owner: 'local',
  heartbeatIntervalMs: GROUP_HEARTBEAT_INTERVAL_MS,
  movingIntervalMs: 1_000,
  workLeaseMs: WORK_LEASE_MS,
  migration: 'bidirectional',
  offsetsRetentionMs: GROUP_OFFSETS_RETENTION_MS,
  tickMs: 500,
  lagSampleMs: GROUP_LAG_SAMPLE_MS,
  lagReadsPerSecond: 1,
};
