/** Which function of the code does what an action of the specification says. A test keeps both sides existing. */
export interface ActionRow {
  readonly action: string;
  readonly file: string;
  /** A function or method defined in that file. */
  readonly does: string;
}

export const ACTIONS: readonly ActionRow[] = [
  { action: 'Upload', file: 'lib/engine/appender.ts', does: '#upload' },
  { action: 'Decide', file: 'lib/core/grant.ts', does: 'grant' },
  { action: 'Arrive', file: 'lib/adapters/memory/lease-store.ts', does: 'write' },
  { action: 'Resolve', file: 'lib/engine/partition-log.ts', does: '#resolve' },
  { action: 'RollPut', file: 'lib/engine/partition-log.ts', does: '#roll' },
  { action: 'RollCut', file: 'lib/core/grant.ts', does: 'cutTail' },
  { action: 'RaiseStart', file: 'lib/engine/delete-records.ts', does: 'deleteRecords' },
  { action: 'ReadStart', file: 'lib/engine/fetch.ts', does: 'fetch' },
  { action: 'ReadRecord', file: 'lib/engine/index-reader.ts', does: 'records' },
  { action: 'ReadPage', file: 'lib/engine/index-reader.ts', does: 'pageAt' },
  { action: 'ReadObject', file: 'lib/engine/segment-reader.ts', does: 'read' },
];

/** Actions whose code is maintenance, and those that are no code of ours: `Settle` is DynamoDB's, `RollInTransaction` a mutation. */
export const ACTIONS_WITHOUT_CODE: readonly string[] = ['Settle', 'RollInTransaction'];
export const ACTIONS_OF_MAINTENANCE: readonly string[] = [
  'Trim',
  'MergeUpload',
  'MergeCommit',
  'DropPick',
  'DropPage',
  'SweepSegment',
  'SweepFence',
  'SweepLook',
  'SweepMerged',
  'SweepDelete',
];
