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
  { action: 'RollSleep', file: 'lib/engine/maintenance/roll-tail.ts', does: 'rollTail' },
  { action: 'RollWake', file: 'lib/engine/maintenance/roll-tail.ts', does: 'rollTail' },
  { action: 'MergeUpload', file: 'lib/engine/maintenance/file-writer.ts', does: 'complete' },
  { action: 'MergeCommit', file: 'lib/engine/maintenance/replace-pages.ts', does: 'commit' },
  { action: 'StubGoes', file: 'lib/engine/maintenance/retain.ts', does: 'stubIsOld' },
  { action: 'DropPick', file: 'lib/engine/maintenance/retain.ts', does: 'dropPages' },
  { action: 'DropPage', file: 'lib/engine/maintenance/retain.ts', does: 'droppedStub' },
  { action: 'SweepSegment', file: 'lib/engine/maintenance/sweep-segments.ts', does: 'sweepSegments' },
  { action: 'SweepFence', file: 'lib/engine/maintenance/fence.ts', does: 'fence' },
  { action: 'SweepLook', file: 'lib/engine/maintenance/fence.ts', does: 'findNames' },
  { action: 'SweepMerged', file: 'lib/engine/maintenance/sweep-files.ts', does: 'isUnnamed' },
  { action: 'SweepDelete', file: 'lib/engine/maintenance/retired-objects.ts', does: 'deleteDue' },
];

/** Actions that are no code of ours: `Settle` is DynamoDB's, `Trim` a raise of the floor by anybody, `RollInTransaction` a mutation. */
export const ACTIONS_WITHOUT_CODE: readonly string[] = ['Settle', 'Trim', 'RollInTransaction'];
