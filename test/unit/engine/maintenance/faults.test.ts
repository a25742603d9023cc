/** A job is stopped at each of its steps in turn, enumerated, not sampled: by an error, by an error after the effect, or for ever. */
import { describe, expect, it } from 'vitest';
import { StratalogError } from '../../../../lib/core/errors.ts';
import type { EngineDeps } from '../../../../lib/engine/engine.ts';
import type { JobName } from '../../../../lib/engine/maintenance/run.ts';
import type { MaintenanceSettings } from '../../../../lib/engine/maintenance/settings.ts';
import type { Zone } from '../../../../lib/ports/object-store.ts';
import {
  createWorld,
  DAY,
  HOUR,
  inlineLeases,
  keysOf,
  MINUTE,
  maintenanceOver,
  produce,
  readAll,
  type SeenRecord,
  settle,
  type World,
} from './world.ts';

/** `before`: the call never reaches the store. `after`: it does, and the answer is lost. `frozen`: it reaches it, and nobody wakes.
 * `asleep`: days pass before it reaches it, and then the job goes on to its end. */
const FAULTS = ['before', 'after', 'frozen', 'asleep'] as const;
type Fault = (typeof FAULTS)[number];

/** Counts the calls of all stores, and hurts one of them. */
class FaultPoint {
  calls = 0;
  wake: () => void = () => {};
  readonly woken = new Promise<void>((resolve) => {
    this.wake = resolve;
  });
  readonly #at: number;
  readonly #fault: Fault;

  constructor(at: number, fault: Fault) {
    this.#at = at;
    this.#fault = fault;
  }

  readonly wrap = (deps: EngineDeps): EngineDeps => ({
    ...deps,
    leases: this.#around(deps.leases),
    pages: this.#around(deps.pages),
    topics: this.#around(deps.topics),
    inline: deps.inline && this.#around(deps.inline),
    zones: deps.zones.map(({ name, objects }) => ({ name, objects: this.#around(objects) })),
  });

  #around<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.#call(() => value.apply(target, args));
      },
    });
  }

  async #call(call: () => unknown): Promise<unknown> {
    if (this.calls++ !== this.#at) return call();
    if (this.#fault === 'before') throw new StratalogError('STORAGE_ERROR', 'the store was not reached');
    if (this.#fault === 'asleep') {
      await this.woken;
      return call();
    }
    await call();
    if (this.#fault === 'after') throw new StratalogError('OUTCOME_UNKNOWN', 'the answer was lost');
    return new Promise(() => {});
  }
}

interface Scenario {
  readonly name: string;
  readonly job: JobName;
  readonly inlineBytesMax: number;
  /** Default 1. */
  readonly zones?: number;
  readonly settings?: Partial<MaintenanceSettings>;
  readonly prepare: (world: World) => Promise<void>;
  /** What a reader must see, whatever happened. */
  readonly sees: (before: readonly SeenRecord[]) => readonly SeenRecord[];
}

const same = (before: readonly SeenRecord[]) => before;

async function fill(world: World, count: number, key: (i: number) => string | null = () => null): Promise<void> {
  for (let i = 0; i < count; i++) {
    world.clock.nowMs += 1_000;
    await produce(world, 't', i % 2, [{ key: key(i), value: `v${i}` }]);
  }
}

const SCENARIOS: readonly Scenario[] = [
  ...[0, 8192].map(
    (inlineBytesMax): Scenario => ({
      name: `merge of ${inlineBytesMax === 0 ? 'objects' : 'rows'}`,
      job: 'merge',
      inlineBytesMax,
      async prepare(world) {
        await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': '-1' } });
        await fill(world, 60);
        world.clock.nowMs += 11 * MINUTE;
      },
      sees: same,
    }),
  ),
  {
    name: 'merge of files to one that is uploaded in parts',
    job: 'merge',
    inlineBytesMax: 0,
    settings: { uploadPartBytes: 500, mergeFanIn: 3 },
    async prepare(world) {
      await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': '-1' } });
      for (let i = 0; i < 3; i++) {
        await fill(world, 24);
        world.clock.nowMs += 11 * MINUTE;
        await world.run('merge', { all: true });
      }
    },
    sees: same,
  },
  ...[
    { name: 'compaction', keys: 6, uploadPartBytes: 1e6 },
    { name: 'compaction to a file that is uploaded in parts', keys: 40, uploadPartBytes: 250 },
  ].map(
    ({ name, keys, uploadPartBytes }): Scenario => ({
      name,
      job: 'compact',
      inlineBytesMax: 0,
      settings: { uploadPartBytes },
      async prepare(world) {
        await world.engine.topics.create({
          name: 't',
          partitions: 2,
          configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' },
        });
        await fill(world, 60, (i) => `k${i % keys}`);
        world.clock.nowMs += 11 * MINUTE;
        await world.run('merge', { all: true });
      },
      sees: (before) => before.filter(({ key, offset }) => !before.some((later) => later.key === key && later.offset > offset)),
    }),
  ),
  {
    name: 'retention',
    job: 'retain',
    inlineBytesMax: 0,
    async prepare(world) {
      await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': String(2 * DAY) } });
      await fill(world, 40);
      world.clock.nowMs += 3 * DAY;
      await world.run('merge', { all: true });
      await world.engine.topics.create({ name: 'old', partitions: 2 });
      for (let i = 0; i < 30; i++) await produce(world, 'old', i % 2, [{ value: 'x' }]);
      await world.engine.topics.delete('old');
      world.clock.nowMs += 2 * MINUTE;
    },
    sees: () => [],
  },
  ...[
    { name: 'replication', uploadPartBytes: 1e6 },
    { name: 'replication of files in parts', uploadPartBytes: 200 },
  ].map(
    ({ name, uploadPartBytes }): Scenario => ({
      name,
      job: 'replicate',
      inlineBytesMax: 0,
      zones: 2,
      settings: { uploadPartBytes },
      async prepare(world) {
        await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': '-1' } });
        await fill(world, 30);
        world.clock.nowMs += 11 * MINUTE;
        await world.run('merge', { all: true });
        await fill(world, 4);
        world.clock.nowMs += MINUTE;
        await world.run('replicate', { all: true });
        // One zone has lost its segments and a file, and has another one damaged.
        const zone = world.zones[1] as Zone;
        const files = (await keysOf(zone, 'log/')).filter((key) => key.endsWith('.log'));
        await zone.objects.delete([...(await keysOf(zone, 'wal/')), files[0] ?? '']);
        const bytes = Buffer.from((await zone.objects.get(files[1] ?? '', 0, 1e9)) ?? []);
        bytes.fill(0, bytes.length - 5);
        await zone.objects.delete([files[1] ?? '']);
        await zone.objects.put(files[1] ?? '', [bytes]);
        world.clock.nowMs += 2 * DAY;
      },
      sees: same,
    }),
  ),
  {
    name: 'sweep',
    job: 'sweep',
    inlineBytesMax: 0,
    async prepare(world) {
      await world.engine.topics.create({ name: 't', partitions: 2, configs: { 'retention.ms': '-1' } });
      await fill(world, 40);
      world.clock.nowMs += 2 * HOUR;
      // Another process merged; this one must find by itself what is not named any more.
      await maintenanceOver(world.deps).run('merge', { all: true });
      await fill(world, 10);
      world.clock.nowMs += 2 * HOUR;
    },
    sees: same,
  },
];

/** Runs a job that is hurt at its n-th call; undefined when it has no such call, else how to let it go on. */
async function hurt(world: World, { job, settings }: Scenario, at: number, fault: Fault): Promise<(() => Promise<unknown>) | undefined> {
  const point = new FaultPoint(at, fault);
  const wounded = maintenanceOver(world.deps, { wrap: point.wrap, settings: settings ?? {} });
  const run = wounded.run(job, { all: true }).catch(() => undefined);
  if (fault === 'frozen' || fault === 'asleep') {
    // It never ends: enough turns of the event loop pass that everybody else would have.
    for (let i = 0; i < 400 && point.calls <= at; i++) await new Promise((resolve) => setImmediate(resolve));
    await Promise.race([run, turns(60)]);
  } else await run;
  if (point.calls <= at) return undefined;
  return async () => {
    point.wake();
    if (fault === 'asleep') await run;
  };
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a job that is stopped at any of its steps', () => {
  for (const scenario of SCENARIOS) {
    for (const fault of FAULTS) {
      it(`${scenario.name}, ${fault}: the next runs lose nothing, double nothing and leave nothing`, { timeout: 120_000 }, async () => {
        let points = 0;
        for (let at = 0; ; at++) {
          const world = createWorld({
            inlineBytesMax: scenario.inlineBytesMax,
            zones: scenario.zones ?? 1,
            settings: scenario.settings ?? {},
          });
          await scenario.prepare(world);
          const before = await Promise.all([0, 1].map((partition) => readAll(world.deps, 't', partition)));
          const goOn = await hurt(world, scenario, at, fault);
          if (goOn === undefined) break;
          points++;
          const retained = scenario.job === 'retain';
          if (!retained && scenario.job !== 'compact') {
            expect(await Promise.all([0, 1].map((partition) => readAll(world.deps, 't', partition))), `right after call ${at}`).toEqual(
              before,
            );
          }
          // While a merge sleeps nobody else does its work: only sweep may come by and take its file.
          await settle(world, fault === 'asleep' && scenario.job === 'merge' ? ['sweep'] : undefined, 3);
          await goOn();
          if (retained) world.clock.nowMs += 2 * DAY;
          await settle(world, undefined, 3);
          const after = await Promise.all([0, 1].map((partition) => readAll(world.deps, 't', partition)));
          expect(after, `after call ${at}`).toEqual(before.map((records) => scenario.sees(records)));
          expect(await leftovers(world), `leftovers after call ${at}`).toEqual([]);
          if (scenario.zones !== undefined) await expectAlike(world, at);
        }
        expect(points).toBeGreaterThan(15);
      });
    }
  }
});

/** After one more look at all copies every zone has the same bytes under the same keys. */
async function expectAlike(world: World, at: number): Promise<void> {
  const report = await world.run('replicate', { all: true, anew: true });
  expect(report.errors, `after call ${at}`).toEqual([]);
  const [first, ...others] = await Promise.all(
    world.zones.map(async (zone) =>
      Promise.all((await keysOf(zone)).map(async (key) => [key, (await zone.objects.get(key, 0, 1e9))?.toString('base64')])),
    ),
  );
  for (const other of others) expect(other, `copies after call ${at}`).toEqual(first);
}

/** Objects and rows that no page and no tail names, and stubs apart, what is named and missing. */
async function leftovers(world: World): Promise<string[]> {
  const named = new Set<string>();
  const topics = await world.engine.topics.list();
  const missing: string[] = [];
  const there = [...(await keysOf(world.zones[0])), ...(await inlineLeases(world.deps))];
  for (const topic of topics) {
    for (let partition = 0; partition < topic.partitions; partition++) {
      const key = { topicId: topic.id, partition };
      const [record] = await world.deps.leases.read([key]);
      const pages = await world.deps.pages.range(key, 0, 10_000);
      for (const entry of [...(record?.tail ?? []), ...pages.flatMap((page) => page.entries)]) {
        if (entry.kind !== 'gone') named.add(entry.lease);
      }
    }
  }
  for (const lease of named) if (!there.some((key) => key.includes(lease))) missing.push(`missing ${lease}`);
  return [...missing, ...there.filter((key) => ![...named].some((lease) => key.includes(lease)))];
}
