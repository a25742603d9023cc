/** A gateway alone: the Kafka protocol in front of a deployment's table and buckets. It keeps nothing; any number may run. */
import type { GatewayProcessSettings } from '../config/gateway-settings.ts';
import { createHttpApp } from '../http/app.ts';
import { type AwsOptions, openAwsEngine } from './aws.ts';
import { openKafkaDoor } from './gateway.ts';
import type { Door, DoorContext } from './serve.ts';
import { startHttpServer } from './server.ts';
import { createTelemetry } from './telemetry.ts';

export interface GatewayProcessOptions {
  readonly settings: GatewayProcessSettings;
  /** Stops the gateway, in good order. */
  readonly signal: AbortSignal;
  /** Called once, with the line that says where it answers. */
  readonly onReady: (line: string) => void;
}

/** Serves until the signal aborts. INVALID_REQUEST for an address that cannot be had. */
export async function runGateway({ settings, signal, onReady }: GatewayProcessOptions): Promise<void> {
  const {
    kafka,
    http,
    advertised = kafka,
    rack,
    autoCreateTopics,
    groupMigration: migration,
    table,
    zones,
    logLevel,
    shutdownGraceMs,
  } = settings;
  const telemetry = createTelemetry({ level: logLevel });
  // Other gateways and clients name this one by what it advertises, in groups as in metadata.
  const owner = `${advertised.host}:${advertised.port}`;
  // Known only when the door is open, which needs the engine.
  let isGone = (_address: string) => false;
  const groupSettings = { mode: 'coordinator' as const, owner, migration, isGone: (address: string) => isGone(address) };
  const { engine, close } = openAwsEngine({ table, zones, telemetry, groupSettings, settings: engineSettings(settings) });
  const closing = new AbortController();
  const doors: Door[] = [];
  try {
    const context = { engine, telemetry, closing: closing.signal };
    const door = await openKafkaDoor(kafka, context, { advertised, rack, autoCreateTopics });
    isGone = door.isGone;
    doors.push(door);
    if (http !== null) doors.push(await openHttpDoor(settings, { ...context, metrics: telemetry.metrics }));
    telemetry.log('info', 'serving', { doors: doors.map((door) => door.url).join(' '), table });
    onReady(['ready', ...doors.map((door) => door.url), `table ${table}`].join(' '));
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    closing.abort();
    await Promise.all(doors.map((door) => door.close(shutdownGraceMs)));
  } catch (error) {
    closing.abort();
    await Promise.allSettled(doors.map((door) => door.close(0)));
    throw error;
  } finally {
    await close();
  }
}

function engineSettings(settings: GatewayProcessSettings): NonNullable<AwsOptions['settings']> {
  const { defaultPartitions, appendBufferBytes, appendTimeoutMs, flushesInFlight, lingerMs, readCacheBytes } = settings;
  return { defaultPartitions, appendBufferBytes, appendTimeoutMs, flushesInFlight, lingerMs, readCacheBytes };
}

/** The HTTP API beside it, over the same engine. */
async function openHttpDoor(
  { http, corsOrigins, httpBodyBytes }: GatewayProcessSettings,
  deps: DoorContext & Pick<Parameters<typeof createHttpApp>[0], 'metrics'>,
): Promise<Door> {
  const app = createHttpApp({ ...deps, corsOrigins, limits: { bodyBytesMax: httpBodyBytes } });
  return startHttpServer({
    ...(http ?? { host: '127.0.0.1', port: 0 }),
    bodyBytesMax: httpBodyBytes,
    fetch: (request, env) => app.fetch(request, env as Record<string, unknown>),
  });
}
