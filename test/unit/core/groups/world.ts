/** A few topics and members for the tests of groups. */
import type { HeartbeatRequest } from '../../../../lib/core/groups/member-request.ts';
import type { TopicFact } from '../../../../lib/core/groups/retarget.ts';
import type { TopicId } from '../../../../lib/core/ids.ts';

export function topicId(n: number): TopicId {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as TopicId;
}

export function topicFact(n: number, partitions: number): TopicFact {
  return { id: topicId(n), name: `topic-${n}`, partitions };
}

export function joining(memberId: string, topics: readonly string[], more: Partial<HeartbeatRequest> = {}): HeartbeatRequest {
  return { memberId, memberEpoch: 0, topics, owned: [], ...more };
}
