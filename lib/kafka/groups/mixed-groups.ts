import type { GroupView, MemberRecord } from '../../core/groups/group-record.ts';
import { EPOCH_LEAVE } from '../../core/groups/member-request.ts';
import type { StepInput } from '../../core/groups/retarget.ts';
import { step } from '../../core/groups/step.ts';
import { topicIdFrom } from '../../core/ids.ts';
import type { Engine } from '../../engine/engine.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { JoinGroupResponse } from '../messages/join-group.ts';
import type { SyncGroupRequest, SyncGroupResponse } from '../messages/sync-group.ts';
import { type JoinRequest, refusedJoin, refusedSync } from './classic-group.ts';
import { CONSUMER, writeAssignment } from './consumer-protocol.ts';
import { keptByReplacement } from './group-downgrade.ts';
import {
  classicMemberNamed,
  heartbeatAnswer,
  holderOf,
  isMixed,
  joinAsHeartbeat,
  joinError,
  memberNamed,
  syncError,
} from './mixed-group.ts';

/** The group is no consumer group with members: its members lead it themselves. */
export const LED_BY_MEMBERS = Symbol('led by members');
type Unless<Answer> = Answer | typeof LED_BY_MEMBERS;

type Step<Answer> = { readonly view: GroupView; readonly answer: Unless<Answer> };

export interface Leaving {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/**
 * Members of the classic protocol in consumer groups. Nothing is kept here: what a member is and owns stands in the group's records, so
 * that any gateway goes on with it; how long it may be silent is counted where it is for all members.
 */
export class MixedGroups {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Answered at once: the group's leader is the coordinator, so nobody is waited for. */
  async join(group: string, asked: JoinRequest): Promise<Unless<JoinGroupResponse>> {
    const answer = await this.#engine.groups.transact(group, (view, _nowMs, input): Step<JoinGroupResponse> => {
      if (!isMixed(view)) return { view, answer: LED_BY_MEMBERS };
      return this.#join(view, asked, input);
    });
    // Whoever has joined asks for its part within the same time, or is gone.
    if (answer !== LED_BY_MEMBERS && answer.errorCode === KAFKA_ERROR.NONE) {
      const { groups } = this.#engine;
      groups.attend(group, answer.memberId ?? '', 0);
      groups.attend(group, answer.memberId ?? '', asked.rebalanceTimeoutMs);
    }
    return answer;
  }

  #join(view: GroupView, asked: JoinRequest, input: StepInput): Step<JoinGroupResponse> {
    // A broker does not repeat the id in a refusal.
    const refuse = (errorCode: number, memberId = ''): Step<JoinGroupResponse> => ({
      view,
      answer: refusedJoin(errorCode, memberId),
    });
    const errorCode = joinError(view, asked, this.#engine.groups.settings.migration);
    if (errorCode !== KAFKA_ERROR.NONE) return refuse(errorCode);
    const isNew = asked.memberId === '';
    const memberId = isNew ? this.#newMemberId(asked) : asked.memberId;
    if (isNew && asked.needsKnownId && asked.instanceId === null) return refuse(ERROR_NUMBERS.MEMBER_ID_REQUIRED, memberId);
    if (!isNew && asked.instanceId !== null) {
      const named = memberNamed(view, memberId, asked.instanceId);
      if (typeof named === 'number') return refuse(named);
    }
    const before = asked.instanceId === null ? undefined : holderOf(view, asked.instanceId);
    const { view: next, answers } = step(view, [{ kind: 'request', request: joinAsHeartbeat(view, memberId, asked, input) }], input);
    const [answer] = answers;
    if (answer?.kind === 'refused') return refuse(errorNumber(answer.error));
    // The new process of the last static member of the consumer protocol: all members are classic now, and so is the group.
    if (!isMixed(next)) {
      const kept = keptByReplacement(view, next, before, input);
      return kept === undefined ? { view: next, answer: LED_BY_MEMBERS } : { view: kept, answer: joined(kept, memberId, asked) };
    }
    return { view: next, answer: joined(next, memberId, asked) };
  }

  #newMemberId({ instanceId, clientId }: JoinRequest): string {
    return `${instanceId ?? clientId}-${topicIdFrom(this.#engine.deps.random.bytes(16))}`;
  }

  async sync(request: SyncGroupRequest): Promise<Unless<SyncGroupResponse>> {
    const { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName } = request;
    const view = await this.#engine.groups.view(groupId);
    if (!isMixed(view)) return LED_BY_MEMBERS;
    const member = classicMemberNamed(view, memberId, groupInstanceId, generationId);
    if (typeof member === 'number') return refusedSync(member);
    const errorCode = syncError(view, member, request);
    if (errorCode === ERROR_NUMBERS.REBALANCE_IN_PROGRESS) this.#sendBack(groupId, member);
    if (errorCode !== KAFKA_ERROR.NONE) return refusedSync(errorCode);
    this.#engine.groups.attend(groupId, member.memberId, 0);
    const metadata = Buffer.from(member.classic?.protocols[0]?.metadata ?? '', 'base64');
    const assignment = writeAssignment(member.assigned, await this.#engine.topics.list(), metadata);
    return { errorCode, protocolType, protocolName, assignment };
  }

  async heartbeat(group: string, memberId: string, instanceId: string | null, generation: number): Promise<Unless<number>> {
    const view = await this.#engine.groups.view(group);
    if (!isMixed(view)) return LED_BY_MEMBERS;
    const member = classicMemberNamed(view, memberId, instanceId, generation);
    if (typeof member === 'number') return member;
    const answer = heartbeatAnswer(view, member);
    if (answer === KAFKA_ERROR.NONE) this.#engine.groups.attend(group, memberId);
    else this.#sendBack(group, member);
    return answer;
  }

  /** Errors one by one. As on a broker, members of either protocol can be taken out, so that tools can do it. */
  async leave(group: string, leaving: readonly Leaving[]): Promise<Unless<readonly (Leaving & { readonly errorCode: number })[]>> {
    return this.#engine.groups.transact(group, (view, _nowMs, input): Step<readonly (Leaving & { readonly errorCode: number })[]> => {
      if (!isMixed(view)) return { view, answer: LED_BY_MEMBERS };
      const found = leaving.map(({ memberId, groupInstanceId }) => {
        // A tool names an instance alone.
        const id = memberId === '' && groupInstanceId !== null ? (holderOf(view, groupInstanceId)?.memberId ?? '') : memberId;
        return memberNamed(view, id, groupInstanceId);
      });
      const events = found.flatMap((member) =>
        typeof member === 'number' ? [] : [{ kind: 'request' as const, request: { memberId: member.memberId, memberEpoch: EPOCH_LEAVE } }],
      );
      const answer = leaving.map((one, i) => {
        const member = found[i];
        return { ...one, errorCode: typeof member === 'number' ? member : KAFKA_ERROR.NONE };
      });
      return { view: events.length === 0 ? view : step(view, events, input).view, answer };
    });
  }

  /** The member has been told to join again, and has the time of a rebalance for it. */
  #sendBack(group: string, { memberId, rebalanceTimeoutMs }: MemberRecord): void {
    this.#engine.groups.attend(group, memberId, rebalanceTimeoutMs);
  }
}

/** A member is told no leader and no members: it asks for its part, and has nothing to divide. */
function joined(view: GroupView, memberId: string, { protocols }: JoinRequest): JoinGroupResponse {
  const { group } = view;
  return {
    errorCode: KAFKA_ERROR.NONE,
    generationId: group.kind === 'classic' ? group.epoch : (view.members.get(memberId)?.epoch ?? group.epoch),
    protocolType: CONSUMER,
    protocolName: (group.kind === 'classic' ? group.classic?.protocol : undefined) ?? protocols[0]?.name ?? '',
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}
