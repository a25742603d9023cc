/** A server that is killed again and again while it merges, compacts and sweeps under load. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServer } from './server-process.ts';

const ROUNDS = 6;
const PARTITIONS = 3;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-killed-jobs-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const post = (url: string, body?: unknown) =>
  fetch(url, {
    method: 'POST',
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

interface Answer {
  readonly records: readonly { readonly offset: number; readonly value: string }[];
  readonly nextOffset: number;
}

async function valuesOf(url: string, topic: string, partition: number): Promise<string[]> {
  const values: string[] = [];
  for (let offset = 0; ; ) {
    const answer = (await (await fetch(`${url}/v1/topics/${topic}/partitions/${partition}/records?offset=${offset}`)).json()) as Answer;
    values.push(...answer.records.map(({ value }) => value));
    if (answer.nextOffset === offset) return values;
    offset = answer.nextOffset;
  }
}

describe('a server that is killed while its jobs run', () => {
  it('has every acknowledged record once, and the last value of each key', { timeout: 180_000 }, async () => {
    const acknowledged = new Set<string>();
    const lastOfKey = new Map<string, number>();
    let next = 0;
    let merged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startServer({ data: folder, flags: ['--maintenance', 'off'] });
      if (round === 0) {
        await post(`${server.url}/v1/topics`, { name: 'plain', partitions: PARTITIONS });
        await post(`${server.url}/v1/topics`, {
          name: 'keyed',
          configs: { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0' },
        });
      }
      let alive = true;
      const gone = () => undefined;
      const write = async (writer: number) => {
        for (; alive; ) {
          const id = next++;
          // Some are rows and some are files.
          const value = `${id}-${'x'.repeat(id % 50 === 0 ? 150_000 : 10)}`;
          const done = await post(`${server.url}/v1/topics/plain/records`, { records: [{ value, partition: writer % PARTITIONS }] }).catch(
            gone,
          );
          if (done?.status === 200) acknowledged.add(value);
          await done?.arrayBuffer().catch(gone);
        }
      };
      const writeKeys = async () => {
        for (let i = 0; alive; i++) {
          const key = `k${i % 5}`;
          const id = next++;
          const done = await post(`${server.url}/v1/topics/keyed/records`, { records: [{ key, value: `${id}` }] }).catch(gone);
          if (done?.status === 200) lastOfKey.set(key, id);
          await done?.arrayBuffer().catch(gone);
        }
      };
      const work = async (job: string) => {
        while (alive) {
          const report = (await (await post(`${server.url}/v1/maintenance/${job}`).catch(gone))?.json().catch(gone)) as
            | { did: Record<string, number>; errors: string[] }
            | undefined;
          merged += report?.did.filesWritten ?? 0;
        }
      };
      const all = Promise.all([...[0, 1, 2, 3, 4, 5].map(write), writeKeys(), ...['merge', 'compact', 'sweep'].map(work)]);
      const target = acknowledged.size + 400 + round * 37;
      for (let i = 0; acknowledged.size < target; i++) {
        if (i > 6_000) throw new Error(`${acknowledged.size} of ${target} records were acknowledged`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      server.child.kill('SIGKILL');
      alive = false;
      await all;
      await server.stop();
    }
    expect(merged).toBeGreaterThan(ROUNDS);
    await using server = await startServer({ data: folder });
    const values = (await Promise.all(Array.from({ length: PARTITIONS }, (_, p) => valuesOf(server.url, 'plain', p)))).flat();
    expect(new Set(values).size).toBe(values.length);
    const there = new Set(values);
    expect([...acknowledged].filter((value) => !there.has(value))).toEqual([]);
    const keyed = (await (await fetch(`${server.url}/v1/topics/keyed/partitions/0/records?offset=0&maxBytes=10000000`)).json()) as {
      records: { key: string; value: string }[];
    };
    for (const [key, id] of lastOfKey) {
      const newest = keyed.records.filter((record) => record.key === key).at(-1);
      expect(Number(newest?.value)).toBeGreaterThanOrEqual(id);
    }
  });
});
