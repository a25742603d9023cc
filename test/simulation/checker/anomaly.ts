/** What can be wrong with a history. The names of Jepsen's Kafka workload are kept where it has one. */
export const ANOMALIES = {
  'lost-write': 'an acknowledged record below the end of the log is not there',
  unseen: 'an acknowledged record lies at or past the end that the last readers were given',
  duplicate: 'one record is at two offsets, though it was sent once or by an idempotent producer',
  'inconsistent-offset': 'one offset was seen with two records, or a record was acknowledged at another offset than it has',
  hole: 'a reader was given a record and then one that is not the next, in a log that is not compacted',
  'out-of-order': 'records of one client lie in another order than they were sent',
  'aborted-read': 'a record was read whose send failed for sure or whose transaction was aborted (G1a)',
  'invented-record': 'a record was read that nobody sent',
  'write-after-delete': 'a send that began after its topic was gone was acknowledged',
  'offset-regress': 'an assigned consumer was given offsets it has had already',
  'poll-skip': 'an assigned consumer jumped over records that exist',
  'read-beyond-high-watermark': 'a fetch gave records at or past the high watermark it stated',
  'non-linearizable-end': 'the end of the log was seen smaller than it had been seen or made before',
  'start-regress': 'the log start was seen smaller than it had been seen before',
  'two-owners': 'two members of a group held one partition at the same time, and neither was fenced',
  'fenced-commit': 'a commit was accepted from a member that no longer held the partition',
  'owner-refused': 'a commit was refused to the member that held the partition all the while',
  'lost-commit': 'a committed offset was not found by a later reader',
  'over-retention': 'records were removed that no rule of retention allows to remove',
  'compaction-lost-value': 'the last value of a key is gone',
  'tombstone-too-early': 'a tombstone is gone before its time',
  'named-object-swept': 'the index names an object that no zone has',
  'garbage-left': 'an object that nothing names is still stored long after everything came to rest',
  'under-replicated': 'a zone lacks an object that the index names, long after everything came to rest',
  'false-loss': 'a reader was told that records are damaged or gone which are there',
  'late-answer': 'a send was answered later than it allowed',
  'job-failed': 'a job of maintenance failed although all faults were over',
  liveness: 'an operation never ended although all faults were over',
} as const;

export type AnomalyName = keyof typeof ANOMALIES;

export interface Anomaly {
  readonly name: AnomalyName;
  readonly detail: string;
}
