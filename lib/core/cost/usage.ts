/** A workload as what AWS counts in a month of 30 days. */
import { MERGE_AGE_MS, MERGE_ENTRIES_MIN, TAIL_ENTRIES_ROLL } from '../limits.ts';
import { appendCost } from './append-cost.ts';
import { groupCost } from './group-cost.ts';
import { checkWorkload, type Workload } from './workload.ts';

export interface Usage {
  readonly puts: number;
  readonly gets: number;
  readonly lists: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly lambdaRequests: number;
  readonly lambdaGbSeconds: number;
  readonly uploadedGb: number;
  readonly retrievedGb: number;
  /** Bytes kept, averaged over the month, over all zones. */
  readonly storedGb: number;
}

/** Usage by what causes it. */
export type UsageByCause = Readonly<Record<'append' | 'consume' | 'groups' | 'maintenance' | 'storage', Usage>>;

export const SECONDS_PER_MONTH = 30 * 24 * 3_600;
const GB = 1e9;
const DOOR_GB = 1;
const COMPACTION_GB = 1.729;
const SMALL_JOB_GB = 0.5;
/** A call of a function: two writes of the table, or an upload and a write. From the modelled delays of the stores. */
const INLINE_CALL_SECONDS = 0.015;
const UPLOAD_CALL_SECONDS = 0.06;
const FETCH_CALL_SECONDS = 0.01;
const READ_CALL_SECONDS = 0.03;
/** Two reads at once; those, a block and its write. */
const HEARTBEAT_CALL_SECONDS = 0.01;
const COMMIT_CALL_SECONDS = 0.02;
/** A client's `auto.commit.interval.ms`. */
const COMMIT_SECONDS = 5;
/** A consumer at the end of the log asks again after 50 ms, then ever more seldom, at most every 5 s. */
const POLL_FIRST_SECONDS = 0.05;
const POLL_MOST_SECONDS = 5;
/** Each pause is so many times the one before: the client's between two calls of a function, the engine's between two looks. */
const CALL_PAUSE_GROWTH = 2;
const LOOK_PAUSE_GROWTH = 1.5;
/** How often the jobs run, and what a run without work takes: 64 queries for marks, the time of the store. */
const COMPACTION_RUNS = SECONDS_PER_MONTH / 300;
const RETENTION_RUNS = SECONDS_PER_MONTH / 900;
const SWEEP_RUNS = SECONDS_PER_MONTH / 3_600;
const MARK_SHARDS = 64;
const TOPIC_SHARDS = 16;
const READ_UNIT_BYTES = 4_096;
/** An index page of a rolled tail with its key; measured. */
const PAGE_BYTES = 900;
const IDLE_RUN_SECONDS = 0.5;
/** A sweep that found something waits a minute before it deletes. */
const SWEEP_RUN_SECONDS = 62;
const MERGE_BYTES_PER_SECOND = 50e6;
/** A tier holds sixteen files of the one below. */
const MERGE_FAN = 16;

const NOTHING: Usage = {
  puts: 0,
  gets: 0,
  lists: 0,
  writeUnits: 0,
  readUnits: 0,
  lambdaRequests: 0,
  lambdaGbSeconds: 0,
  uploadedGb: 0,
  retrievedGb: 0,
  storedGb: 0,
};

/** INVALID_REQUEST for a workload that cannot be. */
export function usageOf(given: Workload): UsageByCause {
  const workload = checkWorkload(given);
  return {
    append: appendUsage(workload),
    consume: consumeUsage(workload),
    groups: groupUsage(workload),
    maintenance: maintenanceUsage(workload),
    storage: { ...NOTHING, storedGb: (workload.bytesPerSecond * workload.retentionDays * 86_400 * workload.zones) / GB },
  };
}

function appendUsage(workload: Workload): Usage {
  const { bytesPerSecond, partitionsPerFlush, zones, door } = workload;
  const flushes = workload.flushesPerSecond * SECONDS_PER_MONTH;
  if (flushes === 0) return NOTHING;
  const segment = bytesPerSecond / workload.flushesPerSecond;
  const each = appendCost(segment, partitionsPerFlush, zones);
  const seconds = each.puts > 0 ? UPLOAD_CALL_SECONDS : INLINE_CALL_SECONDS;
  return {
    ...NOTHING,
    puts: each.puts * flushes,
    writeUnits: each.writeUnits * flushes,
    uploadedGb: each.puts > 0 ? (bytesPerSecond * SECONDS_PER_MONTH * zones) / GB : 0,
    ...(door === 'lambda' && { lambdaRequests: flushes, lambdaGbSeconds: flushes * seconds * DOOR_GB }),
  };
}

/**
 * Each partition is asked for by itself. After a flush the first question finds it; the pauses then double, so between
 * two flushes there are about as many questions as doublings.
 */
function consumeUsage(workload: Workload): Usage {
  const { consumers, partitions, bytesPerSecond, door } = workload;
  if (consumers === 0) return NOTHING;
  const flushesPerPartition = (workload.flushesPerSecond * workload.partitionsPerFlush) / partitions;
  const questions = consumers * partitions * questionsPerSecond(flushesPerPartition, door) * SECONDS_PER_MONTH;
  // Long-lived processes ask once for all their consumers' partitions, and read a segment once for all of them.
  const segment = workload.flushesPerSecond === 0 ? 0 : bytesPerSecond / workload.flushesPerSecond;
  const inline = workload.flushesPerSecond > 0 && appendCost(segment, 1, 1).inlinePuts > 0;
  const reads = consumers * workload.flushesPerSecond * SECONDS_PER_MONTH * (door === 'lambda' ? workload.partitionsPerFlush : 1);
  return {
    ...NOTHING,
    gets: inline ? 0 : reads,
    readUnits: questions + (inline ? reads * Math.ceil(segment / READ_UNIT_BYTES) : 0),
    retrievedGb: inline ? 0 : (consumers * bytesPerSecond * SECONDS_PER_MONTH) / GB,
    ...(door === 'lambda' && {
      lambdaRequests: questions,
      lambdaGbSeconds: (questions * FETCH_CALL_SECONDS + reads * READ_CALL_SECONDS) * DOOR_GB,
    }),
  };
}

/**
 * How often a consumer asks for one partition that gets so many flushes a second.
 *
 * Through a function every question is a call. A process that stays looks for all its consumers, which ask it anew every 5 s;
 * after a flush there is the look that found it, and one each for what is there and what follows.
 */
export function questionsPerSecond(flushesPerSecond: number, door: Workload['door']): number {
  const calls = door === 'lambda';
  const idle = (calls ? 1 : 2) / POLL_MOST_SECONDS;
  if (flushesPerSecond === 0) return idle;
  const growth = calls ? CALL_PAUSE_GROWTH : LOOK_PAUSE_GROWTH;
  const gap = 1 / flushesPerSecond;
  // Pauses grow for as long as it takes until one of them is the longest.
  const growing = Math.min(gap, (POLL_MOST_SECONDS - POLL_FIRST_SECONDS) / (growth - 1));
  const perGap = Math.log((growing * (growth - 1)) / POLL_FIRST_SECONDS + 1) / Math.log(growth);
  const own = calls ? 1 : 2;
  return (own + perGap + (gap - growing) * idle) * flushesPerSecond;
}

function groupUsage({ groups = 0, members = 1, partitions, commitSeconds = COMMIT_SECONDS, door }: Workload): Usage {
  const seconds = groups * SECONDS_PER_MONTH;
  const each = groupCost({ members, partitions, commitSeconds }, door);
  return {
    ...NOTHING,
    readUnits: each.readUnits * seconds,
    writeUnits: each.writeUnits * seconds,
    ...(door === 'lambda' && {
      lambdaRequests: (each.heartbeats + each.commits) * seconds,
      lambdaGbSeconds: (each.heartbeats * HEARTBEAT_CALL_SECONDS + each.commits * COMMIT_CALL_SECONDS) * seconds * DOOR_GB,
    }),
  };
}

function maintenanceUsage(workload: Workload): Usage {
  const { partitions, zones, bytesPerSecond } = workload;
  const idle = idleJobs();
  const flushes = workload.flushesPerSecond * SECONDS_PER_MONTH;
  if (flushes === 0) return idle;
  const entriesPerPartition = (flushes * workload.partitionsPerFlush) / partitions;
  const segment = bytesPerSecond / workload.flushesPerSecond;
  const { inlineUnits } = appendCost(segment, 1, zones);
  // A partition is merged by a run of the job (every five minutes), when 64 entries wait or the oldest waits ten minutes.
  const runs = Math.min(COMPACTION_RUNS, Math.max(entriesPerPartition / MERGE_ENTRIES_MIN, SECONDS_PER_MONTH / (MERGE_AGE_MS / 1_000)));
  const merges = Math.min(runs, entriesPerPartition) * partitions * (1 + 1 / MERGE_FAN);
  const pages = (entriesPerPartition / TAIL_ENTRIES_ROLL) * partitions;
  const merged = (bytesPerSecond * SECONDS_PER_MONTH * (1 + 1 / MERGE_FAN)) / GB;
  const inlineReads = inlineUnits > 0 ? flushes * Math.ceil(segment / READ_UNIT_BYTES) : 0;
  // Two queries a merge, each rounded up to a unit; then the lease record and the work lease.
  const pageReads = (pages * PAGE_BYTES) / READ_UNIT_BYTES + runs * partitions;
  return {
    ...NOTHING,
    // A file and its index for each partition and zone.
    puts: idle.puts + merges * 2 * zones,
    // Each segment is read once by merge, which takes it away by itself: sweep finds what is young, and lists it.
    gets: idle.gets + (inlineUnits > 0 ? 0 : flushes),
    lists: idle.lists + 2 * zones * SWEEP_RUNS,
    // Pages are replaced in transactions at twice the price; small segments are deleted; floors are raised once an hour.
    writeUnits: idle.writeUnits + 2 * pages + 2 * merges + inlineUnits * flushes + SWEEP_RUNS * partitions,
    readUnits: idle.readUnits + inlineReads + pageReads + 2 * runs * partitions + RETENTION_RUNS * partitions,
    lambdaRequests: idle.lambdaRequests,
    lambdaGbSeconds:
      idle.lambdaGbSeconds + ((merged * GB) / MERGE_BYTES_PER_SECOND) * COMPACTION_GB + SWEEP_RUNS * SWEEP_RUN_SECONDS * SMALL_JOB_GB,
    uploadedGb: merged * zones,
    retrievedGb: merged,
  };
}

/** Runs that find nothing: what a deployment costs that nobody uses. */
function idleJobs(): Usage {
  const runs = COMPACTION_RUNS + RETENTION_RUNS + SWEEP_RUNS;
  return {
    ...NOTHING,
    // Each run asks the store for its time: a PUT, a HEAD, and a DELETE that is free.
    puts: runs,
    gets: runs,
    lists: SWEEP_RUNS,
    // Marks of work are asked for by shard; the other jobs look at all topics.
    readUnits: COMPACTION_RUNS * MARK_SHARDS + (RETENTION_RUNS + SWEEP_RUNS) * TOPIC_SHARDS,
    lambdaRequests: runs,
    lambdaGbSeconds: IDLE_RUN_SECONDS * (COMPACTION_RUNS * COMPACTION_GB + (RETENTION_RUNS + SWEEP_RUNS) * SMALL_JOB_GB),
  };
}
