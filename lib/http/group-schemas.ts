/** Requests and answers of the group routes as zod schemas. */
import { z } from 'zod';
import { ASSIGNOR_NAMES } from '../core/groups/group-record.ts';
import { LAG_STATUSES } from '../core/groups/lag-status.ts';
import { GROUP_COMMIT_PARTITIONS_MAX, HTTP_PAGE_MAX } from '../core/limits.ts';
import { problem } from './schemas.ts';

const named = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => schema.meta({ id });
const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) => z.int().min(min).max(max);
const topicPartitions = z.strictObject({ topic: z.string(), partitions: z.array(whole(0)) });
const digits = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'it must be a whole number')
    .transform(Number)
    .pipe(whole(min, max));

export const groupHeartbeatRequest = named(
  'GroupHeartbeat',
  z.strictObject({
    memberId: z.string().exactOptional().describe('chosen by the client; one is given to a member that joins without'),
    memberEpoch: whole(-2).describe('0 joins, -1 leaves, -2 leaves for a while (static members), else that of the last answer'),
    owned: z.array(topicPartitions).exactOptional().describe('what the member owns now; needed once it has given partitions up'),
    topics: z.array(z.string()).exactOptional().describe('needed to join, unless there is a pattern'),
    pattern: z.string().exactOptional().describe('a regular expression over topic names, matched whole'),
    instanceId: z.string().exactOptional().describe('makes the member static: a restart keeps its partitions'),
    onInstanceConflict: z.enum(['fence', 'refuse']).exactOptional(),
    assignor: z.enum(ASSIGNOR_NAMES as readonly ['uniform', 'range', 'roundrobin']).exactOptional(),
    zone: z.string().exactOptional(),
    clientId: z.string().exactOptional(),
    sessionTimeoutMs: z.number().exactOptional(),
    rebalanceTimeoutMs: z.number().exactOptional(),
  }),
);

const assignment = z.array(z.object({ topic: z.string(), topicId: z.string(), partitions: z.array(whole(0)) }));

export const groupHeartbeatAnswer = named(
  'GroupHeartbeatAnswer',
  z.object({
    memberId: z.string(),
    memberEpoch: z.int(),
    heartbeatIntervalMs: whole(0),
    assignment: assignment.describe('all that the member may own now'),
  }),
);

export const groupCommitRequest = named(
  'GroupCommit',
  z.strictObject({
    memberId: z.string().exactOptional().describe('left out by a consumer that is no member'),
    memberEpoch: z.int().exactOptional(),
    instanceId: z.string().exactOptional(),
    sequence: whole(1).exactOptional().describe('counts the commits of a member, so that one that arrives late undoes nothing'),
    offsets: z
      .array(
        z.strictObject({
          topic: z.string(),
          partition: whole(0),
          offset: z.number().describe('the next offset to consume'),
          leaderEpoch: z.int().exactOptional(),
          metadata: z.string().exactOptional(),
          seenEnd: whole(0).exactOptional().describe('an end offset the consumer has seen; up to it nothing is checked'),
        }),
      )
      .min(1)
      .max(GROUP_COMMIT_PARTITIONS_MAX),
  }),
);

export const groupCommitAnswer = named(
  'GroupCommitAnswer',
  z.object({
    offsets: z.array(
      z.object({
        topic: z.string(),
        partition: whole(0),
        outcome: z.enum(['committed', 'unchanged', 'superseded', 'refused']),
        error: problem.exactOptional(),
      }),
    ),
  }),
);

export const groupOffsetsAnswer = named(
  'GroupOffsets',
  z.object({
    offsets: z.array(
      z.object({
        topic: z.string(),
        topicId: z.string(),
        partition: whole(0),
        offset: whole(0),
        leaderEpoch: z.int(),
        metadata: z.string(),
        committedAtMs: z.number(),
      }),
    ),
  }),
);

const place = { topic: z.string(), partition: whole(0) };

export const groupResetRequest = named(
  'GroupReset',
  z.strictObject({
    to: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('earliest') }),
        z.strictObject({ kind: z.literal('latest') }),
        z.strictObject({ kind: z.literal('current') }),
        z.strictObject({ kind: z.literal('time'), timeMs: z.number() }),
        z.strictObject({ kind: z.literal('duration'), durationMs: z.number() }),
        z.strictObject({ kind: z.literal('offset'), offset: z.number() }),
        z.strictObject({ kind: z.literal('shift'), by: z.number() }),
      ])
      .exactOptional(),
    topics: z.array(z.strictObject({ topic: z.string(), partitions: z.array(whole(0)).exactOptional() })).exactOptional(),
    offsets: z
      .array(z.strictObject({ ...place, offset: z.number() }))
      .exactOptional()
      .describe('an offset for each partition, in place of `to`'),
    dryRun: z.boolean().exactOptional(),
  }),
);

export const groupResetAnswer = named(
  'GroupResetAnswer',
  z.object({ dryRun: z.boolean(), offsets: z.array(z.object({ ...place, before: z.number().nullable(), offset: z.number() })) }),
);

const lagFields = {
  group: z.string(),
  status: z.enum(LAG_STATUSES as readonly ['OK', 'WARN', 'STOP', 'ERROR']),
  lag: z.number(),
  lagMs: z.number().nullable(),
  utilisation: z.number().nullable().describe('0 to 1: the share of what waited that was consumed'),
  partitions: z.array(
    z.object({
      ...place,
      committedOffset: z.number().nullable(),
      metadata: z.string(),
      startOffset: z.number(),
      endOffset: z.number(),
      lag: z.number(),
      lagMs: z.number().nullable(),
      memberId: z.string().nullable(),
      status: z.string(),
    }),
  ),
};
export const groupLagAnswer = named('GroupLag', z.object(lagFields));
export const groupDescription = named(
  'GroupDescription',
  z.object({
    ...lagFields,
    kind: z.string(),
    state: z.enum(['empty', 'assigning', 'reconciling', 'stable']),
    epoch: z.int(),
    assignmentEpoch: z.int(),
    assignor: z.string(),
    members: z.array(
      z.object({
        memberId: z.string(),
        instanceId: z.string().nullable(),
        clientId: z.string(),
        clientHost: z.string(),
        zone: z.string().nullable(),
        memberEpoch: z.int(),
        state: z.string(),
        topics: z.array(z.string()),
        pattern: z.string().nullable(),
        assignment,
        target: assignment,
      }),
    ),
  }),
);

export const groupListAnswer = named(
  'GroupList',
  z.object({ groups: z.array(z.object({ group: z.string(), kind: z.string(), members: z.int() })), next: z.string().exactOptional() }),
);
export const groupListQuery = z.strictObject({ after: z.string().optional(), limit: digits(1, HTTP_PAGE_MAX).optional() });
export const groupLagQuery = z.strictObject({
  times: z.enum(['true', 'false']).optional().describe('false: do not look at the next records for their age'),
});
export const groupOffsetsQuery = z.strictObject({
  topic: z.string().optional(),
  partition: digits(0, 999_999_999).optional(),
});
export const groupOffsetsDeleteQuery = z.strictObject({ topic: z.string(), partition: digits(0, 999_999_999).optional() });
export const groupOffsetsDeleteAnswer = named('GroupOffsetsDeleted', z.object({ deleted: whole(0) }));
