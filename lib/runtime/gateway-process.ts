/** A gateway alone: the Kafka protocol in front of a deployment's table and buckets. It keeps nothing; any number may run. */
import type { GatewayProcessSettings } from '../config/gateway-settings.ts';
import { openAwsEngine } from './aws.ts';
import { openKafkaDoor } from './gateway.ts';
import { createTelemetry } from './telemetry.ts';

export interface GatewayProcessOptions {
  readonly settings: GatewayProcessSettings;
  /** Stops the gateway, in good order. */
  readonly signal: AbortSignal;
  /** Called once, with the line that says where it answers. */
  readonly onReady: (line: string) => void;
}

const SHUTDOWN_GRACE_MS = 10_000;

/** Serves until the signal aborts. INVALID_REQUEST for an address that cannot be had. */
export async function runGateway({ settings, signal, onReady }: GatewayProcessOptions): Promise<void> {
  const { kafka, advertised = kafka, rack, table, zones } = settings;
  const telemetry = createTelemetry({ level: settings.logLevel });
  // Other gateways and clients name this one by what it advertises, in groups as in metadata.
  const groupSettings = { owner: `${advertised.host}:${advertised.port}` };
  const { engine, close } = openAwsEngine({ table, zones, telemetry, groupSettings });
  const closing = new AbortController();
  try {
    const door = await openKafkaDoor(kafka, { engine, telemetry, closing: closing.signal }, { advertised, rack });
    telemetry.log('info', 'serving', { doors: door.url, table });
    onReady(`ready ${door.url} table ${table}`);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    closing.abort();
    await door.close(SHUTDOWN_GRACE_MS);
  } finally {
    await close();
  }
}
