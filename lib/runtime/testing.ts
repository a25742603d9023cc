/** A broker inside the test's own process: `import { startStratalog } from 'stratalog/testing'`. */
import { Engine } from '../engine/engine.ts';
import type { GroupSettings } from '../engine/groups/settings.ts';
import type { EngineSettings } from '../engine/settings.ts';
import { createHttpApp } from '../http/app.ts';
import type { GatewaySettings } from '../kafka/gateway.ts';
import { SILENT, type Telemetry } from '../ports/telemetry.ts';
import { openKafkaDoor } from './gateway.ts';
import { openLocalEngine } from './local.ts';
import { memoryPorts } from './memory.ts';
import { startHttpServer } from './server.ts';

/** A topic to be there from the start. */
export interface DeclaredTopic {
  readonly name: string;
  /** Default 1. */
  readonly partitions?: number | undefined;
  /** Kafka's topic settings, such as `cleanup.policy`. */
  readonly configs?: Readonly<Record<string, string>> | undefined;
}

export interface StratalogOptions {
  /** Names, or names with partitions and settings. */
  readonly topics?: readonly (string | DeclaredTopic)[] | undefined;
  /** Keeps everything in this folder instead of in memory; two brokers one after the other see the same data. */
  readonly folder?: string | undefined;
  /** Default: a free port, so that any number of brokers stand side by side. */
  readonly kafkaPort?: number | undefined;
  readonly httpPort?: number | undefined;
  /** Whether a client that asks for an unknown topic creates it. Default true. */
  readonly autoCreateTopics?: boolean | undefined;
  /** Rarely needed: how the Kafka protocol is spoken. Groups do not wait for more members here unless it says so. */
  readonly gateway?: Partial<GatewaySettings> | undefined;
  readonly engine?: Partial<EngineSettings> | undefined;
  readonly groups?: Partial<GroupSettings> | undefined;
  /** Default: tells nobody. */
  readonly telemetry?: Telemetry | undefined;
}

export interface Stratalog extends AsyncDisposable {
  /** `HOST:PORT`, for `bootstrap.servers` or `brokers`. */
  readonly brokers: string;
  readonly kafka: { readonly host: string; readonly port: number };
  /** The HTTP API's base, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** Closes both doors and what is behind them. May be repeated. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a broker that answers on Kafka's protocol and on HTTP; it ends with `close`, or at the end of an `await using`. */
export async function startStratalog(options: StratalogOptions = {}): Promise<Stratalog> {
  const telemetry = options.telemetry ?? SILENT;
  const opened = await openEngine(options, telemetry);
  const { engine } = opened;
  const closing = new AbortController();
  const closers = [opened.close];
  try {
    await Promise.all((options.topics ?? []).map((topic) => engine.topics.create(typeof topic === 'string' ? { name: topic } : topic)));
    const context = { engine, telemetry, closing: closing.signal };
    const settings = { initialRebalanceDelayMs: 0, autoCreateTopics: options.autoCreateTopics ?? true, ...options.gateway };
    const kafka = await openKafkaDoor({ host: HOST, port: options.kafkaPort ?? 0 }, context, { settings });
    closers.push(() => kafka.close(0));
    const metrics = async () => ({ contentType: 'text/plain', text: '' });
    const app = createHttpApp({ engine, telemetry, metrics, closing: closing.signal });
    const http = await startHttpServer({
      host: HOST,
      port: options.httpPort ?? 0,
      fetch: (request, env) => app.fetch(request, env as Record<string, unknown>),
    });
    closers.push(() => http.close(0));
    let closed: Promise<void> | undefined;
    const close = () => {
      closed ??= closeAll(closing, closers);
      return closed;
    };
    return {
      brokers: `${HOST}:${kafka.port}`,
      kafka: { host: HOST, port: kafka.port },
      url: http.url,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await closeAll(closing, closers);
    throw error;
  }
}

/** The doors first, then what is behind them. */
async function closeAll(closing: AbortController, closers: readonly (() => Promise<void>)[]): Promise<void> {
  closing.abort();
  const [engine, ...doors] = closers;
  await Promise.all(doors.map((close) => close()));
  await engine?.();
}

async function openEngine({ folder, engine: settings, groups: groupSettings = {} }: StratalogOptions, telemetry: Telemetry) {
  // Nobody else writes here, and tests should see a topic that was just created or deleted.
  const given = { soleWriter: true, ...settings };
  if (folder === undefined) {
    const engine = new Engine({ ...memoryPorts({ telemetry }), settings: given, groupSettings });
    return { engine, close: () => engine.close() };
  }
  return openLocalEngine({
    folder,
    settings: given,
    groupSettings,
    telemetry,
    onFatal: (error) => {
      throw error;
    },
  });
}
