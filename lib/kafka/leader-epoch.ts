import { LEADER_EPOCH } from './cluster.ts';
import { KAFKA_ERROR } from './error-numbers.ts';

/** The error of a request that names a leader epoch which is not the one in force; -1 names none (KIP-320). */
export function leaderEpochError(currentLeaderEpoch: number): number {
  if (currentLeaderEpoch === -1 || currentLeaderEpoch === LEADER_EPOCH) return KAFKA_ERROR.NONE;
  return currentLeaderEpoch < LEADER_EPOCH ? KAFKA_ERROR.FENCED_LEADER_EPOCH : KAFKA_ERROR.UNKNOWN_LEADER_EPOCH;
}
