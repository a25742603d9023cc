/** How long consumer groups take to settle, over the embedded server's database and HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../lib/engine/engine.ts';
import { createHttpApp } from '../../lib/http/app.ts';
import type { GroupStore } from '../../lib/ports/group-store.ts';
import { SILENT } from '../../lib/ports/telemetry.ts';
import { openLocalEngine } from '../../lib/runtime/local.ts';
import { startHttpServer } from '../../lib/runtime/server.ts';
import { GroupMembership } from '../../lib/sdk/group-membership.ts';
import { GroupProtocol } from '../../lib/sdk/group-protocol.ts';
import { HttpTransport } from '../../lib/sdk/http-transport.ts';
import type { JsonRequest, Transport } from '../../lib/sdk/transport.ts';
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, round } from './benchmark.ts';

const TOPIC = 'events';
const SETTLED_WITHIN_MS = 120_000;

interface Counts {
  heartbeats: number;
  writes: number;
  batches: number;
}

interface World {
  readonly engine: Engine;
  readonly url: string;
  readonly counts: Counts;
}

/** An engine on a folder with one topic, behind HTTP, whose groups' writes are counted. */
async function withWorld<Answer>(partitions: number, use: (world: World) => Promise<Answer>): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-bench-groups-'));
  const local = await openLocalEngine({
    folder,
    onFatal: (error) => {
      throw error;
    },
  });
  const counts: Counts = { heartbeats: 0, writes: 0, batches: 0 };
  const engine = new Engine({ ...local.deps, groups: counted(local.deps.groups as GroupStore, counts) });
  const closing = new AbortController();
  const app = createHttpApp({ engine, telemetry: SILENT, closing: closing.signal });
  const fetch = (request: Request, env: unknown) => app.fetch(request, env as Record<string, unknown>);
  const server = await startHttpServer({ host: '127.0.0.1', port: 0, fetch });
  try {
    await engine.topics.create({ name: TOPIC, partitions });
    return await use({ engine, url: server.url, counts });
  } finally {
    closing.abort();
    await server.close(0);
    await engine.close();
    await local.close();
    await rm(folder, { recursive: true });
  }
}

function counted(store: GroupStore, counts: Counts): GroupStore {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'write') {
          counts.batches++;
          counts.writes += (args[1] as readonly unknown[]).length;
        }
        return Reflect.apply(value, target, args);
      };
    },
  });
}

/** A member that consumes nothing: what is measured is the group. */
class BenchMember {
  readonly #transport: HttpTransport;
  readonly #membership: GroupMembership;
  #killed = false;

  constructor({ url, counts }: World, group: string, sessionTimeoutMs: number) {
    this.#transport = new HttpTransport({ url });
    const json = <Answer>(request: JsonRequest): Promise<Answer> => {
      counts.heartbeats++;
      // A killed process sends nothing and says nothing.
      return this.#killed ? new Promise(() => undefined) : this.#transport.json<Answer>(request);
    };
    const nothing = async () => undefined;
    this.#membership = new GroupMembership(
      new GroupProtocol({ json } as Partial<Transport> as Transport, group),
      { topics: [TOPIC], sessionTimeoutMs, backoff: { firstMs: 100, maxMs: 1_000 } },
      { assign: nothing, revoke: nothing, lose: nothing, fail: () => undefined },
    );
    this.#membership.start();
  }

  kill(): void {
    this.#killed = true;
  }

  async stop(): Promise<void> {
    if (!this.#killed) await this.#membership.stop();
    await this.#transport.close();
  }
}

/** Milliseconds until so many members own everything and nothing moves. */
async function settled({ engine }: World, group: string, members: number, partitions: number, from: number): Promise<number> {
  for (;;) {
    const view = await engine.groups.view(group).catch(() => undefined);
    const stable = view !== undefined && view.members.size === members && [...view.members.values()].every((m) => m.state === 'stable');
    const owned = view === undefined ? 0 : [...view.members.values()].reduce((sum, member) => sum + member.assigned.length, 0);
    const now = performance.now() - from;
    if (stable && owned === partitions) return now;
    if (now > SETTLED_WITHIN_MS) throw new Error(`group '${group}' did not settle within ${SETTLED_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function measure(world: World, size: number, partitions: number, sessionMs: number, what: string): Promise<readonly BenchmarkRow[]> {
  const { counts, engine } = world;
  const group = `g-${size}-${sessionMs}`;
  Object.assign(counts, { heartbeats: 0, writes: 0, batches: 0 });
  const startAt = performance.now();
  const members = Array.from({ length: size }, () => new BenchMember(world, group, sessionMs));
  const coldMs = await settled(world, group, size, partitions, startAt);
  const { epoch } = (await engine.groups.view(group)).group;
  const cold = {
    seconds: round(coldMs / 1000),
    steps: epoch,
    heartbeats: counts.heartbeats,
    writes: counts.writes,
    requests: counts.batches,
  };
  const leaveAt = performance.now();
  await members.pop()?.stop();
  const leaveMs = await settled(world, group, size - 1, partitions, leaveAt);
  const killedAt = performance.now();
  members[0]?.kill();
  const takeOverMs = await settled(world, group, size - 2, partitions, killedAt);
  await Promise.all(members.map((member) => member.stop()));
  const heartbeatMs = Math.min(engine.groups.settings.heartbeatIntervalMs, sessionMs / 3);
  return [
    { what: `${what}: all join at once`, figures: cold },
    { what: `${what}: one leaves`, figures: { seconds: round(leaveMs / 1000) } },
    {
      what: `${what}: one is killed`,
      figures: { seconds: round(takeOverMs / 1000), sessionSeconds: sessionMs / 1000, heartbeatSeconds: round(heartbeatMs / 1000) },
    },
  ];
}

async function run({ quick, progress }: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const [members, partitions] = quick ? [5, 20] : [100, 1_000];
  return await withWorld(partitions, async (world) => {
    const rows: BenchmarkRow[] = [];
    for (const sessionMs of quick ? [1_000] : [45_000, 6_000]) {
      const what = `${members} members, ${partitions} partitions, session ${sessionMs / 1000} s`;
      rows.push(...(await measure(world, members, partitions, sessionMs, what)));
      progress(what);
    }
    return rows;
  });
}

export const groupBenchmarks: readonly Benchmark[] = [
  {
    name: 'groups',
    about: 'How long a group takes until every partition is owned and nothing moves: from a cold start, after a leave, after a kill.',
    run,
  },
];
