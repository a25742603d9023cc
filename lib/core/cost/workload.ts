/** What a deployment is asked to do, in a steady state. */
import { StratalogError } from '../errors.ts';

/**
 * How clients come in. `direct`: table and buckets with their own credentials. `gateway`: a process that stays, which
 * costs what its machine costs and is not counted here. `lambda`: functions, by URL or direct invocation.
 */
export type CostDoor = 'direct' | 'gateway' | 'lambda';

export interface Workload {
  /** Bytes a second that producers append, as stored (after compression). */
  readonly bytesPerSecond: number;
  /** Bytes of a record, as stored. */
  readonly recordBytes: number;
  /** Segments a second over all writers. With functions at most one for each call. */
  readonly flushesPerSecond: number;
  readonly partitions: number;
  /** Partitions that a flush has batches for. Default: all of them. */
  readonly partitionsPerFlush: number;
  /** Consumers that each read everything, at the end of the log. */
  readonly consumers: number;
  /** Consumer groups, each over all partitions. What their members read is counted as `consumers`: one for each group. Default 0. */
  readonly groups?: number;
  /** Members of each group. Default 1. */
  readonly members?: number;
  /** Seconds between two commits of a member; 0: none. Default 5, as clients commit by themselves. */
  readonly commitSeconds?: number;
  readonly retentionDays: number;
  readonly zones: number;
  readonly zoneKind: 'regional' | 'express';
  readonly door: CostDoor;
}

const BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  bytesPerSecond: [0, 1e12],
  recordBytes: [1, 1e9],
  flushesPerSecond: [0, 1e6],
  partitions: [1, 1e6],
  partitionsPerFlush: [1, 1e6],
  consumers: [0, 1e6],
  groups: [0, 1e6],
  members: [1, 1_000],
  commitSeconds: [0, 86_400],
  retentionDays: [0, 36_500],
  zones: [1, 3],
};

/** The workload itself when it can be; INVALID_REQUEST with the field and its bounds. */
export function checkWorkload(workload: Workload): Workload {
  for (const [field, [min, max]] of Object.entries(BOUNDS)) {
    const value = workload[field as keyof Workload] as number | undefined;
    if (value === undefined) continue;
    if (!(value >= min && value <= max)) {
      throw new StratalogError('INVALID_REQUEST', `${field} is ${value}, it must be from ${min} to ${max}`, { field, value, limit: max });
    }
  }
  if (workload.partitionsPerFlush > workload.partitions) {
    throw new StratalogError(
      'INVALID_REQUEST',
      `partitionsPerFlush is ${workload.partitionsPerFlush}, there are ${workload.partitions} partitions`,
      { field: 'partitionsPerFlush', value: workload.partitionsPerFlush, limit: workload.partitions },
    );
  }
  return workload;
}
