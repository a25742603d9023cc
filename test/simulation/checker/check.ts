/** Judges a history by all rules. */
import type { History } from '../history.ts';
import type { Anomaly } from './anomaly.ts';
import { fencedCommits, lostCommits, refusedOwners, twoOwners } from './group-rules.ts';
import { abortedReads, duplicates, holes, inconsistentOffsets, lostWrites, outOfOrder, writesAfterDelete } from './log-rules.ts';
import { type PartitionView, viewsOf } from './observations.ts';
import { beyondHighWatermark, consumerOrder, endOffsets, startOffsets } from './offset-rules.ts';
import {
  compactedValues,
  failedJobs,
  falseLosses,
  garbageLeft,
  lateAnswers,
  liveness,
  overRetention,
  sweptNames,
  underReplicated,
} from './retention-rules.ts';

type PartitionRule = (view: PartitionView, history: History) => Anomaly[];

const PARTITION_RULES: readonly PartitionRule[] = [
  lostWrites,
  duplicates,
  inconsistentOffsets,
  holes,
  outOfOrder,
  abortedReads,
  writesAfterDelete,
  consumerOrder,
  beyondHighWatermark,
  endOffsets,
  startOffsets,
  overRetention,
  compactedValues,
];
const HISTORY_RULES: readonly ((history: History) => Anomaly[])[] = [
  twoOwners,
  fencedCommits,
  refusedOwners,
  lostCommits,
  sweptNames,
  garbageLeft,
  underReplicated,
  failedJobs,
  falseLosses,
  lateAnswers,
  liveness,
];

/** Everything that is wrong, in no order of weight; empty when the history is clean. */
export function checkHistory(history: History): readonly Anomaly[] {
  const perPartition = viewsOf(history).flatMap((view) => PARTITION_RULES.flatMap((rule) => rule(view, history)));
  return [...perPartition, ...HISTORY_RULES.flatMap((rule) => rule(history))];
}
