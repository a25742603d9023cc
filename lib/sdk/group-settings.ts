/** The options of a consumer in a group, their defaults and bounds. Names in brackets are Kafka's. */
import { StratalogError } from '../core/errors.ts';
import { oneOf, shown, wholeNumber } from './option-check.ts';
import type { TopicPartition } from './topic-partition.ts';

/** All of them but `group` need `group`. */
export interface GroupOptions {
  /** The group to consume in [group.id]: `subscribe` instead of `assign`. Default: none. */
  readonly group?: string | undefined;
  /** Makes the member static [group.instance.id]: a restart within the session keeps its partitions. Unique in the group. */
  readonly groupInstanceId?: string | undefined;
  /** How the group divides partitions, as most members want it [group.remote.assignor]. Default 'uniform'. */
  readonly assignor?: 'uniform' | 'range' | 'roundrobin' | undefined;
  /** Where this process runs [client.rack]. */
  readonly zone?: string | undefined;
  /** A name for people who look at the group [client.id]. */
  readonly clientId?: string | undefined;
  /** Silent for this long, a member loses its partitions, ms [session.timeout.ms]; 1,000 to 1,800,000, default 45,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** How long giving partitions up may take, ms [max.poll.interval.ms]; 1 to 86,400,000, default 300,000. */
  readonly rebalanceTimeoutMs?: number | undefined;
  /** Distance of automatic commits, ms [auto.commit.interval.ms]; 0 for none, up to an hour; default 5,000. Less costs more writes. */
  readonly autoCommitIntervalMs?: number | undefined;
  /** 'at-least-once' commits what was processed; 'at-most-once' commits before it is handed out. Default 'at-least-once'. */
  readonly delivery?: 'at-least-once' | 'at-most-once' | undefined;
  /** Called before the first record of these is handed out; `seek` may be called here. */
  readonly onAssigned?: ((partitions: readonly TopicPartition[]) => Promise<void> | void) | undefined;
  /** Called when the work on these partitions has ended and before their last commit. */
  readonly onRevoked?: ((partitions: readonly TopicPartition[]) => Promise<void> | void) | undefined;
  /** These are somebody else's already; nothing of them can be committed. */
  readonly onLost?: ((partitions: readonly TopicPartition[]) => Promise<void> | void) | undefined;
}

export interface GroupSettings extends GroupOptions {
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly autoCommitIntervalMs: number;
  readonly atMostOnce: boolean;
}

export const GROUP_OPTION_NAMES = [
  'group',
  'groupInstanceId',
  'assignor',
  'zone',
  'clientId',
  'sessionTimeoutMs',
  'rebalanceTimeoutMs',
  'autoCommitIntervalMs',
  'delivery',
  'onAssigned',
  'onRevoked',
  'onLost',
] as const satisfies readonly (keyof GroupOptions)[];

/** The options with defaults, undefined without a group; INVALID_REQUEST names one that is wrong or that needs `group`. */
export function groupSettings(options: GroupOptions): GroupSettings | undefined {
  const { group } = options;
  if (group === undefined) {
    const lonely = GROUP_OPTION_NAMES.find((name) => options[name] !== undefined);
    if (lonely === undefined) return undefined;
    throw new StratalogError('INVALID_REQUEST', `${lonely} is for consumers in a group; give group too`, { field: lonely });
  }
  if (typeof group !== 'string' || group === '') {
    throw new StratalogError('INVALID_REQUEST', `group is ${shown(group)}, it must be a name`, { field: 'group', value: shown(group) });
  }
  for (const name of ['onAssigned', 'onRevoked', 'onLost'] as const) {
    const given = options[name];
    if (given === undefined || typeof given === 'function') continue;
    throw new StratalogError('INVALID_REQUEST', `${name} is ${shown(given)}, it must be a function`, { field: name, value: shown(given) });
  }
  oneOf('assignor', options.assignor, 'uniform', ['uniform', 'range', 'roundrobin']);
  return {
    ...options,
    group,
    sessionTimeoutMs: wholeNumber('sessionTimeoutMs', options.sessionTimeoutMs, 45_000, { min: 1_000, max: 1_800_000 }),
    rebalanceTimeoutMs: wholeNumber('rebalanceTimeoutMs', options.rebalanceTimeoutMs, 300_000, { min: 1, max: 86_400_000 }),
    autoCommitIntervalMs: wholeNumber('autoCommitIntervalMs', options.autoCommitIntervalMs, 5_000, { min: 0, max: 3_600_000 }),
    atMostOnce: oneOf('delivery', options.delivery, 'at-least-once', ['at-least-once', 'at-most-once']) === 'at-most-once',
  };
}
