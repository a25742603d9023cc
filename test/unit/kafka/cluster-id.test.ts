import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryWorkStore } from '../../../lib/adapters/memory/work-store.ts';
import { StratalogError } from '../../../lib/core/errors.ts';
import { clusterIdOf } from '../../../lib/kafka/cluster-id.ts';
import { openLocalEngine } from '../../../lib/runtime/local.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';

describe('the id of a deployment', () => {
  it('looks as Kafka makes them, and is another for each deployment', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => clusterIdOf(memoryPorts())));
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
    expect(new Set(ids).size).toBe(50);
  });

  it('is the same for all who ask, also at once', async () => {
    const ports = memoryPorts();
    const ids = await Promise.all(Array.from({ length: 5 }, () => clusterIdOf(ports)));
    expect(new Set([...ids, await clusterIdOf(ports)]).size).toBe(1);
  });

  it('is kept in a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const ask = async () => {
      const local = await openLocalEngine({ folder, onFatal: () => undefined });
      const id = await clusterIdOf(local.deps);
      await local.close();
      return id;
    };
    expect(await ask()).toBe(await ask());
  });

  it('is made up where nothing can be written', async () => {
    const ports = memoryPorts();
    const acquire = async () => {
      throw new StratalogError('STORAGE_READ_ONLY', 'read only');
    };
    const work = Object.assign(new MemoryWorkStore(), { acquire });
    expect(await clusterIdOf({ ...ports, work })).toHaveLength(22);
    expect(await clusterIdOf({ random: ports.random, clock: ports.clock, work: undefined })).toHaveLength(22);
  });
});
