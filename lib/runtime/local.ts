import { type DataFolder, openDataFolder } from '../adapters/local/data-folder.ts';
import type { StratalogError } from '../core/errors.ts';
import { Engine, type EngineDeps } from '../engine/engine.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { SILENT, type Telemetry } from '../ports/telemetry.ts';
import { SYSTEM_CLOCK } from './clock.ts';
import { serverMemory } from './heap.ts';
import { systemRandom } from './random.ts';

export interface LocalEngineOptions {
  /** The data folder; made if it is missing. */
  readonly folder: string;
  /** Zones, each a folder with copies of its own. Default 1, at most 16. */
  readonly zones?: number | undefined;
  readonly settings?: Partial<EngineSettings> | undefined;
  readonly groupSettings?: EngineDeps['groupSettings'];
  /** Default: tells nobody. */
  readonly telemetry?: Telemetry | undefined;
  /** Called once when a sync failed or the database is damaged: the process must stop at once, and may start again. */
  readonly onFatal: (error: StratalogError) => void;
  /** See {@link EngineDeps.onRolled}. */
  readonly onRolled?: EngineDeps['onRolled'];
}

/** What looks at the lag of a group may read a second: a row of this machine's own database takes some 10 us. */
const LAG_READS_PER_SECOND = 1_000;

/** A read of this machine's own disk costs nothing but its time: room for the next answers to sixteen partitions that are read in pieces of 1 MiB. */
const READ_AHEAD_BYTES = 16 * 1024 * 1024;

/** Below this a sync takes longer than the bytes, so that one for many is better than several at once. */
const FLUSH_BESIDE_BYTES = 1024 * 1024;

/** Segments of this size are read from the page cache as quickly as they would be copied twice. */
const READ_CACHE_SEGMENT_BYTES = 256 * 1024;

/** An engine over one data folder, and what it stands on. */
export interface LocalEngine {
  readonly engine: Engine;
  /** What the engine was built from; a second engine over it is a second process of the same deployment. */
  readonly deps: EngineDeps;
  /** True when the folder cannot be written: reads work, writes are refused with STORAGE_READ_ONLY. */
  readonly readOnly: boolean;
  /** Finishes what is in flight, closes every file and gives the folder free. */
  close(): Promise<void>;
}

/**
 * Opens a data folder for this process alone and builds the engine over it. Throws FOLDER_IN_USE with the process id of
 * the one that has it, INVALID_REQUEST for a bad number of zones, STORAGE_ERROR when the folder cannot be read.
 */
export async function openLocalEngine(options: LocalEngineOptions): Promise<LocalEngine> {
  const data = await openDataFolder({ folder: options.folder, zones: options.zones, clock: SYSTEM_CLOCK, onFatal: options.onFatal });
  const deps = portsOf(data, options);
  const engine = new Engine(deps);
  return {
    engine,
    deps,
    readOnly: data.readOnly,
    async close() {
      await engine.close();
      await data.close();
    },
  };
}

function portsOf(data: DataFolder, options: LocalEngineOptions): EngineDeps {
  const { leases, pages, producers, topics, inline, zones, groups, work } = data;
  return {
    clock: SYSTEM_CLOCK,
    random: systemRandom(),
    telemetry: options.telemetry ?? SILENT,
    leases,
    pages,
    producers,
    topics,
    inline,
    zones,
    groups,
    work,
    groupSettings: { lagReadsPerSecond: LAG_READS_PER_SECOND, ...options.groupSettings },
    // One disk makes a segment and its grant durable in one commit, so flushes that wait for it are larger and fewer.
    settings: {
      flushUntilGranted: true,
      flushBesideBytes: FLUSH_BESIDE_BYTES,
      readCacheSegmentBytes: READ_CACHE_SEGMENT_BYTES,
      readAheadBytes: READ_AHEAD_BYTES,
      ...options.settings,
    },
    memory: serverMemory(),
    onRolled: options.onRolled,
  };
}
