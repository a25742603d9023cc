import { describe, expect, it } from 'vitest';
import { leaseIdFrom } from '../../../../lib/core/ids.ts';
import { logKey, walKey } from '../../../../lib/core/segment-key.ts';
import { createMaintenance } from '../../../../lib/engine/maintenance/maintenance.ts';
import { RecordBatchBuilder } from '../../../../lib/format/record-batch-writer.ts';
import { buildSegment } from '../../../../lib/format/segment.ts';
import type { ObjectStore, Zone } from '../../../../lib/ports/object-store.ts';
import type { Telemetry } from '../../../../lib/ports/telemetry.ts';
import { createMemoryEngine } from '../../../../lib/runtime/memory.ts';
import { createWorld, HOUR, keysOf, MINUTE, produce, type World } from './world.ts';

/** Zones that can be cut off; every LIST is noted by its zone. */
function switched(zones: readonly Zone[]) {
  const down = new Set<string>();
  const listed: string[] = [];
  const wrapped = zones.map(({ name, objects }): Zone => {
    const guard = (method: keyof ObjectStore) => {
      const call = objects[method].bind(objects) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (down.has(name)) throw new Error('no route to the zone');
        if (method === 'list') listed.push(name);
        return call(...args);
      };
    };
    return { name, objects: new Proxy(objects, { get: (_, method) => guard(method as keyof ObjectStore) }) };
  });
  return { zones: wrapped, down, listed };
}

/** A segment and a merged file that nothing names, in every zone. */
async function leaveGarbage(world: World): Promise<void> {
  const topic = await world.engine.topics.get('t');
  const lease = leaseIdFrom(world.clock.nowMs, new Uint8Array(6).fill(7));
  const builder = new RecordBatchBuilder();
  builder.tryAppend({ timestamp: 1, key: null, value: 'lost' });
  const key = { topicId: topic.id, partition: 0 };
  const slice = { ...key, span: 1, records: 1, minTimestamp: 1, maxTimestamp: 1, chunks: [builder.build()] };
  for (const { objects } of world.zones) {
    await objects.put(walKey(lease), buildSegment([slice]).chunks);
    await objects.put(logKey(key, 99, lease), [Buffer.from('x')]);
  }
}

/** The maintenance of a process that stays, over zones that can be cut off. */
async function staying(world: World) {
  const { zones, down, listed } = switched(world.zones);
  const gauges = new Map<string, number>();
  const logged: string[] = [];
  const telemetry: Telemetry = {
    ...world.deps.telemetry,
    gauge: (name, value, labels) => gauges.set(`${name} ${labels?.zone}`, value),
    log: (_level, message, fields) => logged.push(`${message} ${fields?.error}`),
  };
  const maintenance = createMaintenance(createMemoryEngine({ ...world.deps, zones, telemetry }), { sweepWaits: false });
  return { maintenance, down, listed, gauges, logged };
}

const garbageOf = async (zone: Zone | undefined) => [...(await keysOf(zone, 'wal/')), ...(await keysOf(zone, 'log/'))].length;

describe('a sweep of zones of which one is down', () => {
  it.each(['zone-0', 'zone-1', 'zone-2'])('goes on with the others without %s, says so, and comes back to it alone', async (gone) => {
    const world = createWorld({ zones: 3 });
    await world.engine.topics.create({ name: 't' });
    await leaveGarbage(world);
    await produce(world, 't', 0, [{ value: 'kept' }]);
    const before = await garbageOf(world.zones[0]);
    const { maintenance, down, listed, gauges, logged } = await staying(world);
    down.add(gone);
    world.clock.nowMs += 2 * HOUR;
    const first = await maintenance.run('sweep', { all: true });
    expect(first.errors).toContain(`zone ${gone}: no route to the zone`);
    expect(first.did).toMatchObject({ segmentsUnnamed: 2, filesUnnamed: 2 });
    expect(maintenance.status().zonesDown).toEqual([gone]);
    expect(gauges.get(`zone_up ${gone}`)).toBe(0);
    expect([...gauges.values()].filter((up) => up === 1)).toHaveLength(2);
    expect(logged.some((line) => line.includes(`zone ${gone}: no route to the zone`))).toBe(true);
    world.clock.nowMs += 2 * MINUTE;
    listed.length = 0;
    const second = await maintenance.run('sweep');
    // It is still gone: the others lose what was found, and are not listed again.
    expect(second.errors).toContain(`zone ${gone}: no route to the zone`);
    expect(second.did.objectsDeleted).toBe(2);
    expect(listed).toEqual([]);
    const kept = world.zones.filter(({ name }) => name !== gone);
    const away = world.zones.filter(({ name }) => name === gone);
    expect(await Promise.all(kept.map(garbageOf))).toEqual(kept.map((_, i) => (gone !== 'zone-0' && i === 0 ? before - 2 : 0)));
    down.clear();
    for (let i = 0; i < 2; i++) {
      world.clock.nowMs += 2 * MINUTE;
      expect((await maintenance.run('sweep')).errors).toEqual([]);
    }
    expect(new Set(listed)).toEqual(new Set([gone]));
    expect(await Promise.all(away.map(garbageOf))).toEqual([gone === 'zone-0' ? before - 2 : 0]);
    expect(maintenance.status().zonesDown).toEqual([]);
    expect(gauges.get(`zone_up ${gone}`)).toBe(1);
    listed.length = 0;
    await maintenance.run('sweep');
    expect(listed).toEqual([]);
  });

  it('goes on where it had come to in a zone that fails in the middle', async () => {
    const world = createWorld({ zones: 2 });
    await world.engine.topics.create({ name: 't' });
    await leaveGarbage(world);
    const [zone] = world.zones;
    for (let i = 0; i < 1_500; i++) await zone?.objects.put(walKey(leaseIdFrom(world.clock.nowMs + i, new Uint8Array(6))), []);
    const { zones } = switched(world.zones);
    const asked: (string | undefined)[] = [];
    let fails = true;
    const objects = new Proxy(zones[0]?.objects as ObjectStore, {
      get: (target, method) =>
        method === 'list'
          ? async (prefix: string, after: string | undefined, limit: number) => {
              if (prefix === 'wal/') asked.push(after);
              if (fails && after !== undefined) throw new Error('the connection was cut');
              return target.list(prefix, after, limit);
            }
          : target[method as 'get'],
    });
    const deps = { ...world.deps, zones: [{ name: 'zone-0', objects }, zones[1] as Zone] };
    const maintenance = createMaintenance(createMemoryEngine(deps), { sweepWaits: false });
    world.clock.nowMs += 2 * HOUR;
    expect((await maintenance.run('sweep', { all: true })).errors).toContain('zone zone-0: the connection was cut');
    fails = false;
    expect((await maintenance.run('sweep')).errors).toEqual([]);
    expect(asked).toHaveLength(3);
    expect(asked[2]).toBe(asked[1]);
  });
});
