/** Looks at consumer groups, and puts their offsets elsewhere. */
import { StratalogError } from '../core/errors.ts';
import type { GroupOffset } from './group-protocol.ts';
import { shown } from './option-check.ts';
import type { TopicPartition } from './topic-partition.ts';
import type { CallOptions, JsonRequest, Transport } from './transport.ts';

/** OK; WARN: lag grows; STOP: the offset does not move while there is lag; ERROR: the owner is gone or stalled. */
export type LagStatus = 'OK' | 'WARN' | 'STOP' | 'ERROR';

export interface GroupSummary {
  readonly group: string;
  readonly kind: 'consumer' | 'classic' | 'simple';
  readonly members: number;
}

export interface PartitionLag extends TopicPartition {
  /** Null when nothing was committed. */
  readonly committedOffset: number | null;
  readonly metadata: string;
  readonly startOffset: number;
  readonly endOffset: number;
  /** Records that wait; of the whole log where nothing was committed. */
  readonly lag: number;
  /** How old the next record is, ms; null when none waits. */
  readonly lagMs: number | null;
  /** The member that owns the partition. */
  readonly memberId: string | null;
  readonly status: LagStatus;
}

export interface GroupLag {
  readonly group: string;
  /** The worst of its partitions. */
  readonly status: LagStatus;
  readonly lag: number;
  readonly lagMs: number | null;
  /** Share of the time in which consumers kept up, 0 to 1; null while there is too little to tell. */
  readonly utilisation: number | null;
  readonly partitions: readonly PartitionLag[];
}

export interface DescribedGroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly zone: string | null;
  readonly memberEpoch: number;
  readonly state: string;
  readonly topics: readonly string[];
  readonly pattern: string | null;
  readonly assignment: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  readonly target: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
}

export interface GroupDescription extends GroupLag {
  readonly kind: GroupSummary['kind'];
  readonly state: string;
  readonly epoch: number;
  readonly assignmentEpoch: number;
  readonly assignor: string;
  readonly members: readonly DescribedGroupMember[];
}

/** Where a reset puts offsets; what lies outside of the log is moved to its nearest end. */
export type GroupResetTarget =
  | { readonly kind: 'earliest' | 'latest' | 'current' }
  /** The first record at or after this time, ms since the epoch. */
  | { readonly kind: 'time'; readonly timeMs: number }
  /** The first record at most this old, ms. */
  | { readonly kind: 'duration'; readonly durationMs: number }
  | { readonly kind: 'offset'; readonly offset: number }
  /** So many records forwards, or backwards when negative. */
  | { readonly kind: 'shift'; readonly by: number };

export interface GroupResetRequest extends CallOptions {
  /** Where to; or `offsets` instead. */
  readonly to?: GroupResetTarget | undefined;
  /** An offset for each partition, instead of `to`. */
  readonly offsets?: readonly (TopicPartition & { readonly offset: number })[] | undefined;
  /** Default: everything the group has committed. `partitions` left out means all of the topic. */
  readonly topics?: readonly { readonly topic: string; readonly partitions?: readonly number[] }[] | undefined;
  /** Says what would be done. Default false. */
  readonly dryRun?: boolean | undefined;
}

export interface GroupResetAnswer {
  readonly dryRun: boolean;
  readonly offsets: readonly (TopicPartition & { readonly before: number | null; readonly offset: number })[];
}

const GROUPS_PER_PAGE = 1_000;

/** `admin.groups`. All but `offsets` reject with GROUP_ID_NOT_FOUND where there is no such group. */
export class GroupAdmin {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Every group by name; one request a thousand. */
  async *list(options: CallOptions = {}): AsyncGenerator<GroupSummary, void, undefined> {
    let after: string | undefined;
    do {
      const query = { limit: GROUPS_PER_PAGE, after };
      const page = await this.#ask<{ groups: readonly GroupSummary[]; next?: string }>({
        ...options,
        method: 'GET',
        path: '/groups',
        query,
      });
      yield* page.groups;
      after = page.next;
    } while (after !== undefined);
  }

  /** Members, assignment, offsets, lag and status. */
  describe(group: string, options: CallOptions = {}): Promise<GroupDescription> {
    return this.#ask({ ...options, method: 'GET', path: pathOf(group) });
  }

  /** Lag in records and in time, and status. */
  lag(group: string, options: CallOptions = {}): Promise<GroupLag> {
    return this.#ask({ ...options, method: 'GET', path: pathOf(group, '/lag') });
  }

  /** What is committed; a group that is not there has committed nothing. */
  async offsets(group: string, options: CallOptions = {}): Promise<readonly GroupOffset[]> {
    const { offsets } = await this.#ask<{ offsets: readonly GroupOffset[] }>({
      ...options,
      method: 'GET',
      path: pathOf(group, '/offsets'),
    });
    return offsets;
  }

  /** Puts the offsets of a group without members elsewhere, or says where it would. NON_EMPTY_GROUP. */
  reset(group: string, { signal, ...body }: GroupResetRequest): Promise<GroupResetAnswer> {
    return this.#ask({ method: 'POST', path: pathOf(group, '/reset'), body, signal });
  }

  /** Removes a group without members and all its offsets. NON_EMPTY_GROUP. */
  async delete(group: string, options: CallOptions = {}): Promise<void> {
    await this.#ask({ ...options, method: 'DELETE', path: pathOf(group) });
  }

  /** Forgets what is committed for a topic or one partition; answers how many. GROUP_SUBSCRIBED_TO_TOPIC. */
  async deleteOffsets(group: string, topic: string, partition?: number, options: CallOptions = {}): Promise<number> {
    const query = { topic, partition };
    const request = { ...options, method: 'DELETE', path: pathOf(group, '/offsets'), query } as const;
    return (await this.#ask<{ deleted: number }>(request)).deleted;
  }

  #ask<Answer>(request: JsonRequest): Promise<Answer> {
    const transport = this.#transport;
    if (transport.json === undefined) {
      throw new StratalogError('INVALID_REQUEST', 'this transport has no consumer groups', { field: 'transport' });
    }
    return transport.json<Answer>(request);
  }
}

function pathOf(group: string, more = ''): string {
  if (typeof group === 'string' && group !== '') return `/groups/${encodeURIComponent(group)}${more}`;
  throw new StratalogError('INVALID_REQUEST', `group is ${shown(group)}, it must be a name`, { field: 'group', value: shown(group) });
}
