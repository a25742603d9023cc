/**
 * Defects that the simulation must find. Each is one change of the project's text, made while the module is loaded, so
 * the product has no switches. `find` must occur exactly once: a change of the code that makes a defect stale fails.
 */
import { NO_FAULTS } from './faults.ts';
import type { Plan } from './plan.ts';

export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Found, but only after minutes: looked for with `SIM_ALL=1` alone. */
  readonly manySeeds?: boolean;
  /** Draws seeds towards what shows it, where chance alone seldom does: the simulation and its rules stay the same. */
  readonly drawn?: (plan: Plan) => Plan;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Many copies go bad in files that merge wrote, and nobody mends them for a while. */
const damaged = (plan: Plan): Plan => ({
  ...plan,
  zones: 2,
  minInsyncReplicas: 2,
  inlineBytesMax: 0,
  compacted: false,
  acks: [[-1, 1]],
  disasters: { ...plan.disasters, kill: 0, freeze: 0, corrupt: 2_000, 'lose-zone': 0, 'lose-copy': 0 },
  faults: NO_FAULTS,
  retentionMs: -1,
  maintenanceMs: MINUTE_MS,
  pauseMsMax: 20_000,
});

/** A zone is lost while the others lag behind. */
const zoneLost = (plan: Plan): Plan => ({
  ...plan,
  zones: 3,
  minInsyncReplicas: 2,
  inlineBytesMax: 0,
  faults: { ...plan.faults, failBefore: 0.2, slow: 0.1 },
  acks: [[-1, 1]],
  disasters: { ...plan.disasters, corrupt: 0, 'lose-copy': 0, 'zone-away': 5_000, 'lose-zone': 10_000 },
});

/** Members of one group sleep past their sessions and go on as if nothing had been. */
const sleepyMembers = (plan: Plan): Plan => ({
  ...plan,
  processes: [0, 0, 0].map((skewMs) => ({ kind: 'direct', skewMs })),
  soleWriter: false,
  groups: 1,
  partitions: 3,
  staticMembers: false,
  weights: { ...plan.weights, idempotent: 3, plain: 0, group: 15 },
  disasters: { ...plan.disasters, kill: 0, freeze: 10_000 },
  pauseMsMax: 2_000,
});

/** The topic that comes and goes does little else. */
const mayflies = (plan: Plan): Plan => ({
  ...plan,
  faults: NO_FAULTS,
  weights: { ...plan.weights, topics: 40 },
  pauseMsMax: 200,
});

/** Whoever deletes the topic that comes and goes often does not come to the end of it, and few come after. */
const cutShort = (plan: Plan): Plan => ({
  ...mayflies(plan),
  operations: 40,
  faults: { ...NO_FAULTS, failBefore: 0.25 },
  maintenanceMs: 5 * MINUTE_MS,
  pauseMsMax: MINUTE_MS,
});

/** Reads take long, and pages are merged under them. */
const sleepyReaders = (plan: Plan): Plan => ({
  ...plan,
  processes: [0, 0, 0].map((skewMs) => ({ kind: 'direct', skewMs })),
  soleWriter: false,
  partitions: 1,
  tailEntriesRoll: 2,
  inlineBytesMax: 0,
  operations: 400,
  faults: { ...NO_FAULTS, latencyMsMax: 1_000, slow: 0.1 },
  weights: { ...plan.weights, idempotent: 5, plain: 5, consume: 10, group: 0, topics: 0 },
  disasters: { ...plan.disasters, kill: 0, freeze: 10_000, corrupt: 0 },
  retentionMs: -1,
  maintenanceMs: MINUTE_MS,
  scheduledJobs: false,
  pauseMsMax: 2_000,
});

/** Stores that take longer than any send may, for clients that are told the time limit themselves. */
const silentStores = (plan: Plan): Plan => ({
  ...plan,
  processes: [0, 0].map((skewMs) => ({ kind: 'direct', skewMs })),
  soleWriter: false,
  faults: { ...NO_FAULTS, latencyMsMax: 1_000, slow: 0.1 },
  weights: { ...plan.weights, idempotent: 10, plain: 5, group: 0, topics: 0 },
  disasters: { ...plan.disasters, kill: 0, freeze: 0 },
});

/** Copies go bad faster than they are mended, and requests come late. */
const lateRepair = (plan: Plan): Plan => ({
  ...damaged(plan),
  faults: { ...NO_FAULTS, late: 0.2, failAfter: 0.1 },
  disasters: { ...plan.disasters, kill: 0, freeze: 0, 'zone-away': 0, corrupt: 1_000, 'lose-zone': 0, 'lose-copy': 1_000 },
});

/** Records with keys, tombstones that are to be kept for a day, and jobs all the time. */
const tombstones = (plan: Plan): Plan => ({
  ...plan,
  compacted: true,
  deleteRetentionMs: DAY_MS,
  retentionMs: -1,
  maintenanceMs: MINUTE_MS,
  scheduledJobs: false,
  pauseMsMax: MINUTE_MS,
});

/** Tails are rolled again and again, and after long pauses jobs find pages whose cut waits for the next grant. */
const lateCuts = (plan: Plan): Plan => ({
  ...plan,
  partitions: 1,
  tailEntriesRoll: 2,
  faults: { ...NO_FAULTS, latencyMsMax: 1_000, slow: 0.1 },
  weights: { ...plan.weights, idempotent: 5, plain: 5, group: 0, topics: 0 },
  disasters: { ...plan.disasters, kill: 0, freeze: 0, corrupt: 0 },
  retentionMs: -1,
  maintenanceMs: MINUTE_MS,
  scheduledJobs: false,
  pauseMsMax: 30 * MINUTE_MS,
});

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an attempt is decided anew without looking',
    file: 'lib/engine/partition-log.ts',
    find: 'const resolution = await this.#resolve(current, attempt);',
    replace: "const resolution: Resolution = 'dead' as Resolution;",
  },
  {
    name: 'the offset after an entry is one too small',
    file: 'lib/core/grant.ts',
    find: 'this.#next += batch.span;',
    replace: 'this.#next += Math.max(1, batch.span - 1);',
  },
  {
    name: 'a lost answer is taken for a grant',
    file: 'lib/engine/partition-log.ts',
    find: "if (outcome.kind === 'applied') {",
    replace: "if (outcome.kind === 'applied' || outcome.kind === 'unknown') {",
  },
  {
    name: 'the tail is cut before the page is put',
    file: 'lib/engine/partition-log.ts',
    find: 'const put = await this.#ports.pages.put(this.#key, page);',
    replace:
      'this.#cut = { tailBase: page.firstOffset, entries: page.entries.length };\n    const put = await this.#ports.pages.put(this.#key, page);',
  },
  {
    name: 'a producer moved out is not stored',
    file: 'lib/engine/partition-log.ts',
    find: 'if (decision.evicted.length > 0) await this.#ports.producers.put(this.#key, decision.evicted, record.version);',
    replace: '',
  },
  {
    name: 'a producer moved out is not looked for',
    file: 'lib/core/grant.ts',
    find: 'if (record.evictions === 0) return [];',
    replace: 'if (record.evictions >= 0) return [];',
  },
  {
    name: 'a repeated batch is appended again',
    file: 'lib/core/grant.ts',
    find: "if (decision.kind === 'duplicate') {",
    replace: "if (decision.kind === 'duplicate' && batch.records > 2) {",
  },
  {
    name: 'a gap in the sequence is not seen',
    file: 'lib/core/producer-state.ts',
    find: "return batch.baseSequence === expected ? { kind: 'append' } : outOfOrder(batch, expected);",
    replace: "return { kind: 'append' };",
  },
  {
    name: 'the log end is one too small',
    file: 'lib/engine/list-offset.ts',
    find: 'const end = request.isolation',
    replace: 'const end = record.next > 3 ? record.next - 1 : request.isolation',
  },
  {
    name: 'a roller believes its own page and not the one that is there',
    file: 'lib/engine/partition-log.ts',
    find: "const there = put.kind === 'created' ? page : put.page;",
    replace: 'const there: IndexPage = page;',
  },
  {
    name: 'a corrupt copy is given to readers',
    file: 'lib/engine/segment-storage.ts',
    find: 'if (bytes.length === length && valid(bytes)) return bytes;',
    replace: 'if (bytes.length === length) return bytes;',
  },
  {
    name: 'a cut is made wherever the tail begins',
    file: 'lib/core/grant.ts',
    find: 'tailBase(record) !== cut.tailBase) return record;',
    replace: 'tailBase(record) < cut.tailBase) return record;',
  },
  {
    name: 'the floor is not looked at',
    file: 'lib/core/grant.ts',
    find: "if (request.lease <= record.floor) return { kind: 'fenced', floor: record.floor };",
    replace: '',
  },
  {
    name: 'sweep does not raise the floor',
    file: 'lib/engine/maintenance/fence.ts',
    find: 'withFloor(record, (suspects[i] as Suspect).newest)',
    replace: 'record',
  },
  {
    name: 'sweep does not look at the pages',
    file: 'lib/engine/maintenance/fence.ts',
    find: 'if (sought.size === 0 || (tailBase(record) === 0 && record.floor !== FLOOR_DELETED)) return;',
    replace: 'if (sought.size < Number.MAX_VALUE) return;',
  },
  {
    name: 'sweep does not look at the tail',
    file: 'lib/engine/maintenance/fence.ts',
    find: '  look(record.tail);',
    replace: '  if (record.tail.length > 1_000) look(record.tail);',
  },
  {
    name: 'merge replaces pages that it did not read',
    file: 'lib/engine/maintenance/replace-pages.ts',
    find: "if ((await ports.pages.replace(key, expected, put)) === 'applied') return true;",
    replace:
      "const now = await ports.pages.range(key, first.firstOffset, expected.length);\n      if ((await ports.pages.replace(key, now, put)) === 'applied') return true;",
  },
  {
    name: 'merge takes what lies above the cut',
    drawn: lateCuts,
    file: 'lib/engine/maintenance/merge.ts',
    find: 'if (pageEnd(page) > base || (end !==',
    replace: 'if ((end !==',
  },
  {
    name: 'a merged file begins one entry late',
    file: 'lib/engine/maintenance/file-writer.ts',
    find: 'return this.#ports.storage.putObject(this.#name, chunks, this.copies);',
    replace: 'return this.#ports.storage.putObject(this.#name, chunks.slice(chunks.length > 1 ? 1 : 0), this.copies);',
  },
  {
    name: 'a large file is finished before its last part is there',
    file: 'lib/engine/object-upload.ts',
    find: 'await this.#sending;\n    return this.#store.finishUpload(',
    replace: 'return this.#store.finishUpload(',
  },
  {
    name: 'retention takes one entry too many',
    file: 'lib/engine/maintenance/retain.ts',
    find: 'if (!walk.drops(entry)) return { start,',
    replace: 'if (!walk.drops(entry)) return { start: at,',
  },
  {
    name: 'compaction keeps the first of a key',
    file: 'lib/engine/maintenance/clean-batches.ts',
    find: 'return offset >= limits.map.get(',
    replace: 'return offset <= limits.map.get(',
  },
  {
    name: 'tombstones go at once',
    drawn: tombstones,
    file: 'lib/engine/maintenance/clean-batches.ts',
    find: 'const tombstonesGo = horizonMs !== undefined && horizonMs <= limits.nowMs;',
    replace: 'const tombstonesGo = true;',
  },
  {
    name: 'one zone is enough',
    drawn: zoneLost,
    file: 'lib/engine/segment-storage.ts',
    find: 'while (count < copies) {',
    replace: 'while (count < 1) {',
  },
  {
    name: 'a grant does not wait for its segment',
    file: 'lib/engine/appender.ts',
    find: 'const stored = await this.#putUntil(deadline, lease, segment.chunks, segment.sizeBytes, copies);',
    replace:
      "void this.#putUntil(deadline, lease, segment.chunks, segment.sizeBytes, copies).catch(() => undefined);\n      const stored = { kind: 'wal' as const, zones: 1 };",
  },
  {
    name: 'a copy with another base offset is believed',
    drawn: damaged,
    file: 'lib/engine/whole-batches.ts',
    find: 'if (base < next || (isDense && known && base !== next)) return false;',
    replace: '',
  },
  {
    name: 'DeleteRecords takes one record too many',
    file: 'lib/engine/delete-records.ts',
    find: 'const next = withStart(record, before);',
    replace: 'const next = withStart(record, before + 1);',
  },
  {
    name: 'the high watermark is one ahead',
    file: 'lib/engine/fetch.ts',
    find: 'highWatermark: record.next,',
    replace: 'highWatermark: record.next + 1,',
  },
  {
    name: 'a deleted topic still takes records',
    drawn: mayflies,
    file: 'lib/engine/topics.ts',
    find: '    await this.sealPartitions(marked);\n    await topics.remove',
    replace: '    await topics.remove',
  },
  {
    name: 'a silent store holds an answer back',
    drawn: silentStores,
    file: 'lib/engine/appender.ts',
    find: 'if (now <= unanswered.deadline) continue;',
    replace: 'if (now <= Number.MAX_VALUE) continue;',
  },
  {
    name: 'a partition is given before it was given up',
    file: 'lib/core/groups/step.ts',
    find: 'isFree: (partition) => (held.get(partition) ?? member.memberId) === member.memberId,',
    replace: 'isFree: () => true,',
  },
  {
    name: 'a commit is taken from whoever sends it',
    drawn: sleepyMembers,
    file: 'lib/core/groups/offset-block.ts',
    find: '  if (author.epoch < entry.epoch) {',
    replace: "  if (author.kind === 'member') return undefined;\n  if (author.epoch < entry.epoch) {",
  },
  {
    name: 'a commit is answered whatever became of it',
    file: 'lib/engine/groups/offset-committer.ts',
    find: "if (outcome?.kind !== 'applied') {",
    replace: "if (outcome?.kind === 'nothing') {",
  },
  {
    name: 'a partition is given without its entry',
    drawn: sleepyMembers,
    file: 'lib/engine/groups/group-writer.ts',
    find: 'if (!(await writer.blocks(blocks, moves))) return CONFLICT;',
    replace: '',
  },
  {
    name: 'who cleans up looks for tombstones alone',
    drawn: cutShort,
    file: 'lib/engine/topics.ts',
    find: 'return deletedAtMs === undefined ? [] : [{ ...topic, deletedAtMs }];',
    replace: 'return deletedAtMs === undefined || !isTombstone(topic) ? [] : [{ ...topic, deletedAtMs }];',
  },
  {
    name: 'a fetch goes beyond its high watermark',
    drawn: sleepyReaders,
    file: 'lib/engine/partition-reader.ts',
    find: 'const found = result.value.end > end ? takeBelow(result.value, end) : result.value;',
    replace: 'const found = result.value;',
  },
  {
    name: 'a damaged copy is taken away before it is mended',
    drawn: lateRepair,
    file: 'lib/engine/maintenance/replicate.ts',
    find: '} else if (isThere) await zone.objects.replace(key, [bytes]);',
    replace: '} else if (isThere) await zone.objects.delete([key]).then(() => zone.objects.put(key, [bytes]));',
  },
  {
    name: 'memory is given back while a zone may still send it',
    file: 'lib/engine/appender.ts',
    find: 'if (stored.isLetGo) for',
    replace: 'for',
  },
];
