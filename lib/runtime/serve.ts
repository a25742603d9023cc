/** The embedded server: one folder, its engine, and the doors to it, from start to end. */
import type { ListenAddress, ServeSettings } from '../config/serve-settings.ts';
import { StratalogError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { createHttpApp } from '../http/app.ts';
import { maintenanceRoutes } from '../http/routes/maintenance.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { startGroupSweep } from './group-sweep.ts';
import { openLocalEngine } from './local.ts';
import { type LocalMaintenance, localWork, startLocalMaintenance } from './local-maintenance.ts';
import { startHttpServer } from './server.ts';
import { createTelemetry } from './telemetry.ts';

/** One way into the engine, listening. */
export interface Door {
  /** What stands in the line that tells of readiness, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes nothing new, and lets what is under way end for `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface DoorContext {
  readonly engine: Engine;
  readonly telemetry: Telemetry;
  /** Aborts when the server begins to stop: waits and streams end then. */
  readonly closing: AbortSignal;
}

/** What clients are told of a door, where that is not plain from where it listens. */
export interface Announced {
  readonly advertised?: ListenAddress | undefined;
  readonly rack?: string | undefined;
}

/** Opens a door at an address. INVALID_REQUEST when the address cannot be had. */
export type OpenDoor = (address: ListenAddress, context: DoorContext, announced?: Announced) => Promise<Door>;

export interface ServeOptions {
  readonly settings: ServeSettings;
  /** Stops the server, in good order. */
  readonly signal: AbortSignal;
  /** Called once, with the line that says where it answers. */
  readonly onReady: (line: string) => void;
  /** How the Kafka protocol is spoken; without it that address is passed over. */
  readonly openKafka?: OpenDoor | undefined;
}

/**
 * Serves a folder until the signal aborts; resolves when everything is closed. Rejects with FOLDER_IN_USE, INVALID_REQUEST
 * for an address that cannot be had, or what made going on unsafe: a sync that failed, a damaged database.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { settings } = options;
  const telemetry = createTelemetry({ level: settings.logLevel });
  const fatal = Promise.withResolvers<never>();
  // Somebody waits for it only later; until then a failure must not count as one that nobody handles.
  fatal.promise.catch(() => undefined);
  const { work, onRolled } = localWork();
  const local = await openLocalEngine({
    folder: settings.data,
    zones: settings.zones,
    settings: engineSettings(settings),
    groupSettings: { lagSampleMs: settings.lagSampleMs, migration: settings.groupMigration },
    telemetry,
    onRolled,
    onFatal: fatal.reject,
  });
  const jobs = startLocalMaintenance(local.engine, { work, scheduled: settings.maintenance === 'on' && !local.readOnly });
  const sweep = local.readOnly ? undefined : startGroupSweep({ ...local.deps, groups: local.engine.groups });
  const closing = new AbortController();
  const doors: Door[] = [];
  try {
    const context = { engine: local.engine, telemetry, closing: closing.signal };
    const openHttp = httpDoor(settings, telemetry.metrics, jobs);
    if (settings.http !== null) doors.push(await named('--http', openHttp(settings.http, context)));
    if (settings.kafka !== null && options.openKafka !== undefined) {
      doors.push(await named('--kafka', options.openKafka(settings.kafka, context, settings)));
    }
    if (local.readOnly) telemetry.log('warn', 'the data folder cannot be written: reads only', { data: settings.data });
    telemetry.log('info', 'serving', { data: settings.data, doors: doors.map((door) => door.url).join(' ') });
    options.onReady(['ready', ...doors.map((door) => door.url), `data ${settings.data}`].join(' '));
    await Promise.race([whenAborted(options.signal), fatal.promise]);
    telemetry.log('info', 'stopping');
  } catch (error) {
    // Nothing more may be written after a failed sync, so nothing is finished either: the caller ends the process.
    closing.abort();
    void jobs.stop();
    void sweep?.stop();
    await Promise.allSettled(doors.map((door) => door.close(0)));
    await local.close().catch(() => undefined);
    throw error;
  }
  closing.abort();
  await Promise.all([jobs.stop(), sweep?.stop(), ...doors.map((door) => door.close(settings.shutdownGraceMs))]);
  await local.close();
  telemetry.log('info', 'stopped');
}

/** The folder's lock keeps every other process away, so that nobody polls for what others appended. */
function engineSettings(settings: ServeSettings) {
  const { defaultPartitions, appendBufferBytes, appendTimeoutMs, flushesInFlight, lingerMs, readCacheBytes } = settings;
  return { defaultPartitions, appendBufferBytes, appendTimeoutMs, flushesInFlight, lingerMs, readCacheBytes, soleWriter: true };
}

function httpDoor(
  settings: ServeSettings,
  metrics: () => Promise<{ readonly contentType: string; readonly text: string }>,
  { maintenance }: LocalMaintenance,
): OpenDoor {
  const { corsOrigins, httpBodyBytes } = settings;
  return async (address, { engine, telemetry, closing }) => {
    const routes = maintenanceRoutes(maintenance);
    const app = createHttpApp({ engine, telemetry, metrics, closing, corsOrigins, routes, limits: { bodyBytesMax: httpBodyBytes } });
    return await startHttpServer({
      ...address,
      bodyBytesMax: httpBodyBytes,
      fetch: (request, env) => app.fetch(request, env as Record<string, unknown>),
    });
  };
}

/** Adds to an address that cannot be had which option it came from. */
async function named(option: string, door: Promise<Door>): Promise<Door> {
  try {
    return await door;
  } catch (error) {
    if (!(error instanceof StratalogError)) throw error;
    throw new StratalogError(error.code, `${error.message}; give another one with ${option}`, { ...error.details, option }, error);
  }
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
