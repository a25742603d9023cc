import type { JoinGroupResponse } from '../messages/join-group.ts';
import type { SyncGroupResponse } from '../messages/sync-group.ts';

/** A way to divide partitions that a member knows, with what it tells the leader about itself. */
export interface ClassicProtocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** What a member says about itself with each join. */
export interface MemberIntroduction {
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly ClassicProtocol[];
}

export type JoinReply = (answer: JoinGroupResponse) => void;
export type SyncReply = (answer: SyncGroupResponse) => void;

export const NO_ASSIGNMENT: Buffer = Buffer.alloc(0);

/** One member of a classic group while its coordinator lives. */
export class ClassicMember {
  readonly id: string;
  about: MemberIntroduction;
  assignment: Buffer = NO_ASSIGNMENT;
  /** When the member is taken for gone. */
  sessionEndsAt: number;
  /** Set while the member waits for the answer to its join, or for its assignment. */
  joining: JoinReply | undefined;
  syncing: SyncReply | undefined;
  /** Whether it has asked for its assignment in this generation. */
  synced = false;
  /** Until it has been through a first rebalance; such a member does not wait for ever. */
  fresh = true;

  constructor(id: string, about: MemberIntroduction, sessionEndsAt: number) {
    this.id = id;
    this.about = about;
    this.sessionEndsAt = sessionEndsAt;
  }

  /** Whether the member waits for an answer of the group, so that its silence is not its own fault. */
  get waits(): boolean {
    return this.syncing !== undefined || (this.joining !== undefined && !this.fresh);
  }

  /** Whether the member would join with the same protocols and the same words about itself. */
  matches(protocols: readonly ClassicProtocol[]): boolean {
    const own = this.about.protocols;
    return (
      own.length === protocols.length &&
      protocols.every(({ name, metadata }, i) => own[i]?.name === name && own[i]?.metadata.equals(metadata) === true)
    );
  }

  metadataFor(protocol: string | null): Buffer {
    return this.about.protocols.find(({ name }) => name === protocol)?.metadata ?? NO_ASSIGNMENT;
  }

  /** The first of its protocols that all members know. */
  voteAmong(candidates: ReadonlySet<string>): string | undefined {
    return this.about.protocols.find(({ name }) => candidates.has(name))?.name;
  }
}

/** The protocols that every member knows. */
export function commonProtocols(members: Iterable<ClassicMember>): ReadonlySet<string> {
  let common: Set<string> | undefined;
  for (const { about } of members) {
    const names = new Set(about.protocols.map(({ name }) => name));
    common = common === undefined ? names : new Set([...common].filter((name) => names.has(name)));
  }
  return common ?? new Set();
}

/** The protocol that most members would like, the first in case of a tie. */
export function electProtocol(members: readonly ClassicMember[]): string | null {
  const candidates = commonProtocols(members);
  const votes = new Map<string, number>();
  for (const member of members) {
    const vote = member.voteAmong(candidates);
    if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
  }
  let best: string | null = null;
  for (const [name, count] of votes) if (best === null || count > (votes.get(best) ?? 0)) best = name;
  return best;
}
