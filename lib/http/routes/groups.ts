/** Consumer groups: heartbeats, offsets, lag, resets. */
import { StratalogError } from '../../core/errors.ts';
import {
  groupCommitAnswer,
  groupCommitRequest,
  groupDescription,
  groupHeartbeatAnswer,
  groupHeartbeatRequest,
  groupLagAnswer,
  groupLagQuery,
  groupListAnswer,
  groupListQuery,
  groupOffsetsAnswer,
  groupOffsetsDeleteAnswer,
  groupOffsetsDeleteQuery,
  groupOffsetsQuery,
  groupResetAnswer,
  groupResetRequest,
} from '../group-schemas.ts';
import { problemOf } from '../problem.ts';
import type { Route } from '../route.ts';
import { problem } from '../schemas.ts';

const PAGE_DEFAULT = 100;
const problemContent = { 'application/problem+json': problem };

function wantedOf(topic: string | undefined, partition: number | undefined) {
  if (topic === undefined) return undefined;
  return [partition === undefined ? { topic } : { topic, partitions: [partition] }];
}

const memberRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/groups/{group}/heartbeat',
    operation: 'groupHeartbeat',
    summary: 'Joins a group, stays in it, gives partitions up or leaves; the answer says what the member may own.',
    body: { 'application/json': groupHeartbeatRequest },
    answers: {
      200: { description: 'The epoch and the assignment.', content: { 'application/json': groupHeartbeatAnswer } },
      404: { description: 'There is no such member any more: give everything up and join again.', content: problemContent },
      409: {
        description: 'The member is fenced: give everything up and join again, or end where its instance id is taken.',
        content: problemContent,
      },
    },
    async handle(call) {
      const request = await call.json(groupHeartbeatRequest);
      return call.answer(await call.engine.groups.heartbeat({ ...request, group: call.param('group') }));
    },
  },
  {
    method: 'POST',
    path: '/v1/groups/{group}/members/{member}/leave',
    operation: 'leaveGroup',
    summary: 'Takes a member out of its group at once; the request has no body.',
    answers: { 204: { description: 'It is no member.' } },
    async handle(call) {
      await call.engine.groups.leave(call.param('group'), call.param('member'));
      return call.empty(204);
    },
  },
];

const offsetRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/groups/{group}/offsets',
    operation: 'getGroupOffsets',
    summary: 'What the group has committed, of one topic or of all.',
    query: groupOffsetsQuery,
    answers: { 200: { description: 'The offsets.', content: { 'application/json': groupOffsetsAnswer } } },
    async handle(call) {
      const { topic, partition } = call.query(groupOffsetsQuery);
      return call.answer({ offsets: await call.engine.groups.fetchOffsets(call.param('group'), wantedOf(topic, partition)) });
    },
  },
  {
    method: 'POST',
    path: '/v1/groups/{group}/offsets',
    operation: 'commitGroupOffsets',
    summary: 'Commits offsets of a member, or of a consumer that is no member.',
    body: { 'application/json': groupCommitRequest },
    answers: {
      200: { description: 'All are committed, or were before.', content: { 'application/json': groupCommitAnswer } },
      207: { description: 'Some are refused, each with its own error.', content: { 'application/json': groupCommitAnswer } },
    },
    async handle(call) {
      const request = await call.json(groupCommitRequest);
      const answers = await call.engine.groups.commit({ ...request, group: call.param('group') });
      const offsets = answers.map(({ error, ...rest }) => (error === undefined ? rest : { ...rest, error: problemOf(error) }));
      return call.answer({ offsets }, answers.some(({ outcome }) => outcome === 'refused') ? 207 : 200);
    },
  },
  {
    method: 'DELETE',
    path: '/v1/groups/{group}/offsets',
    operation: 'deleteGroupOffsets',
    summary: 'Forgets what is committed for a topic or one partition of it.',
    query: groupOffsetsDeleteQuery,
    answers: {
      200: { description: 'How many were forgotten.', content: { 'application/json': groupOffsetsDeleteAnswer } },
      409: { description: 'Members consume the topic.', content: problemContent },
    },
    async handle(call) {
      const { topic, partition } = call.query(groupOffsetsDeleteQuery);
      const deleted = await call.engine.groups.deleteOffsets(call.param('group'), wantedOf(topic, partition) ?? []);
      return call.answer({ deleted });
    },
  },
  {
    method: 'POST',
    path: '/v1/groups/{group}/reset',
    operation: 'resetGroupOffsets',
    summary: 'Puts the offsets of a group without members elsewhere, or says where it would.',
    body: { 'application/json': groupResetRequest },
    answers: {
      200: { description: 'Where each partition is now, or would be.', content: { 'application/json': groupResetAnswer } },
      409: { description: 'The group has members.', content: problemContent },
    },
    async handle(call) {
      const { to, dryRun = false, ...rest } = await call.json(groupResetRequest);
      if (to === undefined && rest.offsets === undefined) {
        throw new StratalogError('INVALID_REQUEST', 'to is missing; give it or offsets', { field: 'to' });
      }
      const offsets = await call.engine.groups.reset({ ...rest, target: to ?? { kind: 'current' }, dryRun, group: call.param('group') });
      return call.answer({ dryRun, offsets });
    },
  },
];

export const groupRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/groups',
    operation: 'listGroups',
    summary: 'Lists groups in order of name, a page at a time.',
    query: groupListQuery,
    answers: { 200: { description: 'A page.', content: { 'application/json': groupListAnswer } } },
    async handle(call) {
      const { after, limit = PAGE_DEFAULT } = call.query(groupListQuery);
      const found = await call.engine.groups.list(after, limit + 1);
      const groups = found.slice(0, limit);
      const last = groups.at(-1);
      return call.answer({ groups, ...(found.length > limit && last !== undefined ? { next: last.group } : {}) });
    },
  },
  {
    method: 'GET',
    path: '/v1/groups/{group}',
    operation: 'describeGroup',
    summary: 'State, members, assignment, offsets, lag and status.',
    query: groupLagQuery,
    answers: { 200: { description: 'The group.', content: { 'application/json': groupDescription } } },
    async handle(call) {
      const { times } = call.query(groupLagQuery);
      return call.answer(await call.engine.groups.describe(call.param('group'), { withTime: times !== 'false' }));
    },
  },
  {
    method: 'GET',
    path: '/v1/groups/{group}/lag',
    operation: 'getGroupLag',
    summary: 'Lag in records and time, and status, of each partition and of the group.',
    query: groupLagQuery,
    answers: { 200: { description: 'The lag.', content: { 'application/json': groupLagAnswer } } },
    async handle(call) {
      const { times } = call.query(groupLagQuery);
      return call.answer(await call.engine.groups.lag(call.param('group'), { withTime: times !== 'false' }));
    },
  },
  {
    method: 'DELETE',
    path: '/v1/groups/{group}',
    operation: 'deleteGroup',
    summary: 'Removes a group without members and all its offsets.',
    answers: { 204: { description: 'Removed.' }, 409: { description: 'It has members.', content: problemContent } },
    async handle(call) {
      await call.engine.groups.delete(call.param('group'));
      return call.empty(204);
    },
  },
  ...memberRoutes,
  ...offsetRoutes,
];
