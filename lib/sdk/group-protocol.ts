/** The calls of a group's member, as the HTTP API has them. */
import { StratalogError } from '../core/errors.ts';
import type { CallOptions, JsonRequest, Transport } from './transport.ts';

export interface TopicPartitionList {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface GroupHeartbeatRequest {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly owned?: readonly TopicPartitionList[];
  readonly topics?: readonly string[];
  readonly pattern?: string;
  readonly instanceId?: string;
  readonly assignor?: 'uniform' | 'range' | 'roundrobin';
  readonly zone?: string;
  readonly clientId?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
}

export interface GroupHeartbeatAnswer {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  readonly assignment: readonly TopicPartitionList[];
}

export interface OffsetToCommit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata?: string;
  readonly seenEnd?: number;
}

export interface OffsetCommitted {
  readonly topic: string;
  readonly partition: number;
  readonly outcome: 'committed' | 'unchanged' | 'superseded' | 'refused';
  readonly error?: { readonly code: string; readonly detail: string };
}

export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** One attempt a call, as every transport does. */
export class GroupProtocol {
  readonly #group: string;
  readonly #json: <Answer>(request: JsonRequest) => Promise<Answer>;

  /** INVALID_REQUEST when the transport cannot reach groups. */
  constructor(transport: Transport, group: string) {
    const { json } = transport;
    if (json === undefined) throw new StratalogError('INVALID_REQUEST', 'this transport has no consumer groups', { field: 'transport' });
    this.#json = (request) => json.call(transport, request) as never;
    this.#group = `/groups/${encodeURIComponent(group)}`;
  }

  heartbeat(request: GroupHeartbeatRequest, options: CallOptions = {}): Promise<GroupHeartbeatAnswer> {
    return this.#json({ ...options, method: 'POST', path: `${this.#group}/heartbeat`, body: request });
  }

  async commit(
    author: { readonly memberId: string; readonly memberEpoch: number; readonly instanceId?: string; readonly sequence: number },
    offsets: readonly OffsetToCommit[],
    options: CallOptions = {},
  ): Promise<readonly OffsetCommitted[]> {
    const body = { ...author, offsets };
    const answer = await this.#json<{ offsets: readonly OffsetCommitted[] }>({
      ...options,
      method: 'POST',
      path: `${this.#group}/offsets`,
      body,
    });
    return answer.offsets;
  }

  async offsets(options: CallOptions = {}): Promise<readonly GroupOffset[]> {
    const answer = await this.#json<{ offsets: readonly GroupOffset[] }>({ ...options, method: 'GET', path: `${this.#group}/offsets` });
    return answer.offsets;
  }
}
