/** A deployment in memory whose time the test moves, with writers, readers and a look at what is left in the stores. */
import { MemoryInlineStore } from '../../../../lib/adapters/memory/inline-store.ts';
import { MemoryObjectStore } from '../../../../lib/adapters/memory/object-store.ts';
import { MemoryWorkStore } from '../../../../lib/adapters/memory/work-store.ts';
import type { PartitionKey } from '../../../../lib/core/ids.ts';
import type { Engine, EngineDeps } from '../../../../lib/engine/engine.ts';
import { createMaintenance, type Maintenance } from '../../../../lib/engine/maintenance/maintenance.ts';
import type { JobName, JobReport, JobRequest } from '../../../../lib/engine/maintenance/run.ts';
import type { MaintenanceSettings } from '../../../../lib/engine/maintenance/settings.ts';
import { RecordBatchBuilder, type RecordBatchOptions } from '../../../../lib/format/record-batch-writer.ts';
import type { Clock } from '../../../../lib/ports/clock.ts';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import type { Random } from '../../../../lib/ports/random.ts';
import type { WorkStore } from '../../../../lib/ports/work-store.ts';
import { createMemoryEngine, memoryPorts } from '../../../../lib/runtime/memory.ts';

export const START_MS = 1_700_000_000_000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Time stands still until the test moves it; whoever sleeps moves it too. */
export class HandClock implements Clock {
  nowMs = START_MS;

  now(): number {
    return Math.floor(this.nowMs);
  }

  monotonic(): number {
    return this.nowMs - START_MS;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted !== true) this.nowMs += ms;
  }
}

/** The same sequence each time, unlike any other seed's. */
export function seededRandom(seed = 1): Random {
  let state = seed >>> 0 || 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() >>> 24),
    fraction: () => next() / 2 ** 32,
  };
}

export interface WorldOptions {
  readonly zones?: number;
  /** 0: every segment is an object. */
  readonly inlineBytesMax?: number;
  readonly settings?: Partial<MaintenanceSettings>;
  readonly seed?: number;
  /** Stands between the engine and the stores. */
  readonly wrap?: (deps: EngineDeps) => EngineDeps;
  readonly work?: WorkStore | null;
}

export interface World {
  readonly clock: HandClock;
  readonly deps: EngineDeps;
  readonly engine: Engine;
  readonly maintenance: Maintenance;
  readonly zones: readonly Zone[];
  run(job: JobName, request?: JobRequest): Promise<JobReport>;
}

export function createWorld(options: WorldOptions = {}): World {
  const clock = new HandClock();
  const zones = Array.from({ length: options.zones ?? 1 }, (_, i) => ({ name: `zone-${i}`, objects: new MemoryObjectStore(clock) }));
  const work = options.work === undefined ? new MemoryWorkStore() : options.work;
  const plain = memoryPorts({
    clock,
    random: seededRandom(options.seed),
    zones,
    inline: new MemoryInlineStore(clock, options.inlineBytesMax ?? 0),
    settings: { catalogMaxAgeMs: 0 },
    work: work ?? undefined,
    onRolled: (key: PartitionKey) => void work?.mark([key]),
  });
  const engine = createMemoryEngine({ ...plain });
  const maintenance = maintenanceOver(plain, options);
  return { clock, deps: plain, engine, maintenance, zones, run: (job, request) => maintenance.run(job, request) };
}

/** Another process's maintenance over the same stores. */
export function maintenanceOver(deps: EngineDeps, options: Pick<WorldOptions, 'settings' | 'wrap' | 'work'> = {}): Maintenance {
  const wrapped = options.wrap?.(deps) ?? deps;
  return createMaintenance(createMemoryEngine({ ...wrapped }), {
    work: options.work ?? undefined,
    settings: options.settings,
    owner: 'tester',
  });
}

export interface NewValue {
  readonly key?: string | null;
  readonly value: string | null;
  readonly timestamp?: number;
}

export async function produce(
  world: World,
  topic: string,
  partition: number,
  values: readonly NewValue[],
  options: RecordBatchOptions = {},
): Promise<number> {
  const builder = new RecordBatchBuilder(options);
  for (const { key = null, value, timestamp } of values) builder.tryAppend({ timestamp: timestamp ?? world.clock.nowMs, key, value });
  const answer = await world.engine.append({ topic, partition, batches: builder.build(), acks: -1 });
  const [result] = answer.batches;
  if (result?.kind !== 'appended') throw result?.error ?? new Error('no result');
  return result.baseOffset;
}

export interface SeenRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
}

/** All records from an offset to the end, by an engine of its own that has nothing in its caches. */
export async function readAll(deps: EngineDeps, topic: string, partition: number, from?: number): Promise<SeenRecord[]> {
  const engine = createMemoryEngine({ ...deps });
  const seen: SeenRecord[] = [];
  let next = from ?? (await engine.listOffset({ topic, partition, at: 'earliest' })).offset;
  for (;;) {
    const answer = await engine.readRecords({ topic, partition, offset: next, maxBytes: 50_000 });
    for (const { offset, key, value } of answer.records) seen.push({ offset, key: text(key), value: text(value) });
    if (answer.nextOffset === next) return seen;
    next = answer.nextOffset;
  }
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString();
}

/** Every object of a zone. */
export async function keysOf(zone: Zone | undefined, prefix = ''): Promise<string[]> {
  return ((await zone?.objects.list(prefix, undefined, 1_000_000)) ?? []).map(({ key }) => key);
}

export async function inlineLeases(deps: EngineDeps): Promise<string[]> {
  return ((await deps.inline?.list(undefined, Number.MAX_SAFE_INTEGER, 1_000_000)) ?? []).map(({ lease }) => lease);
}

/** Merge, retention and sweep until nothing changes any more, with time passing in between. */
export async function settle(world: World, jobs: readonly JobName[] = ['retain', 'merge', 'compact', 'sweep'], rounds = 6): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    world.clock.nowMs += 2 * HOUR;
    for (const job of jobs) await world.run(job, { all: true });
  }
}
