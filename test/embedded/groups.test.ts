import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Admin, Producer } from '../../lib/sdk/index.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const SESSION_MS = 3_000;
const PARTITIONS = 6;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface MemberProcess {
  readonly child: ChildProcess;
  readonly lines: string[];
  records(): readonly string[];
}

function startMember(server: ServerProcess, ...more: readonly string[]): MemberProcess {
  const script = join(import.meta.dirname, 'group-member.ts');
  const child = spawn(process.execPath, [script, server.url, 'g', String(SESSION_MS), ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (piece: Buffer) => {
    const parts = (rest + piece.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  cleanups.push(async () => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  });
  return { child, lines, records: () => lines.filter((line) => line.startsWith('record ')) };
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 40_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within 40 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

interface Described {
  readonly state: string;
  readonly lag: number;
  readonly members: readonly { readonly memberId: string; readonly assignment: readonly { readonly partitions: readonly number[] }[] }[];
}

async function describeGroup(server: ServerProcess): Promise<Described | undefined> {
  const answer = await fetch(`${server.url}/v1/groups/g?times=false`);
  return answer.ok ? ((await answer.json()) as Described) : undefined;
}

async function settled(server: ServerProcess, members: number): Promise<void> {
  await until(async () => {
    const group = await describeGroup(server);
    return group?.state === 'stable' && group.members.length === members;
  }, `a stable group of ${members}`);
}

async function world(): Promise<{ server: ServerProcess; produce: (count: number) => Promise<void>; produced: () => ReadonlySet<string> }> {
  const data = await mkdtemp(join(tmpdir(), 'stratalog-groups-'));
  cleanups.push(() => rm(data, { recursive: true }));
  const server = await startServer({ data });
  cleanups.push(() => server.stop());
  const admin = new Admin({ url: server.url });
  await admin.createTopic({ name: 'events', partitions: PARTITIONS });
  await admin.close();
  const seen = new Set<string>();
  const producer = new Producer({ url: server.url });
  cleanups.push(() => producer.close());
  const produce = async (count: number) => {
    const sent = await Promise.all(
      Array.from({ length: count }, (_, i) => producer.send({ topic: 'events', partition: i % PARTITIONS, value: `value ${i}` })),
    );
    for (const { partition, offset } of sent) seen.add(`record ${partition} ${offset}`);
  };
  return { server, produce, produced: () => seen };
}

const missing = (produced: ReadonlySet<string>, members: readonly MemberProcess[]) => {
  const seen = new Set(members.flatMap((member) => member.records()));
  return [...produced].filter((line) => !seen.has(line));
};

describe('a group of several processes', () => {
  it('skips nothing when one member is killed', async () => {
    const { server, produce, produced } = await world();
    const members = [startMember(server), startMember(server), startMember(server)];
    await settled(server, 3);
    await produce(600);
    await until(() => members.every((member) => member.records().length > 0), 'everybody at work');
    const killedAt = performance.now();
    members[1]?.child.kill('SIGKILL');
    await produce(600);
    await settled(server, 2);
    const takeOverMs = performance.now() - killedAt;
    await until(() => missing(produced(), members).length === 0, 'every record processed');
    await until(async () => (await describeGroup(server))?.lag === 0, 'every record committed');
    console.info(`a killed member's partitions were taken over after ${Math.round(takeOverMs)} ms (session ${SESSION_MS} ms)`);
    expect((await describeGroup(server))?.members.flatMap((m) => m.assignment.flatMap((a) => a.partitions)).length).toBe(PARTITIONS);
  });

  it('refuses what a member that was frozen past its session commits when it thaws, and takes it back', async () => {
    const { server, produce, produced } = await world();
    // It freezes itself between its first records and their commit: no clock decides what it does first when it thaws.
    const frozen = startMember(server, 'freeze');
    const members = [frozen, startMember(server)];
    await settled(server, 2);
    await produce(300);
    await until(() => frozen.records().length > 0, 'the first at work, and frozen');
    await settled(server, 1);
    await produce(300);
    await until(() => missing(produced(), [members[1] as MemberProcess]).length === 0, 'the other one did the work of both');
    await until(async () => (await describeGroup(server))?.lag === 0, 'and committed it');
    const commits = frozen.lines.filter((line) => line === 'committed').length;
    frozen.child.kill('SIGCONT');
    await until(() => frozen.lines.some((line) => line.startsWith('refused ')), 'its commit is answered');
    expect(frozen.lines).toContain('refused UNKNOWN_MEMBER_ID');
    await until(() => frozen.lines.some((line) => line.startsWith('lost ')), 'it notices');
    expect(frozen.lines.slice(0, frozen.lines.indexOf('refused UNKNOWN_MEMBER_ID')).filter((line) => line === 'committed').length).toBe(
      commits,
    );
    await settled(server, 2);
    expect((await describeGroup(server))?.lag).toBe(0);
    await produce(60);
    await until(() => missing(produced(), members).length === 0, 'every record processed');
    await until(async () => (await describeGroup(server))?.lag === 0, 'every record committed');
  });

  it('takes nothing from the others when a member leaves, and they go on meanwhile', async () => {
    const { server, produce, produced } = await world();
    const members = [startMember(server), startMember(server), startMember(server)];
    await settled(server, 3);
    await produce(60);
    await until(() => missing(produced(), members).length === 0, 'everybody at work');
    const [leaver, ...rest] = members as [MemberProcess, ...MemberProcess[]];
    const before = rest.map(({ lines }) => lines.length);
    leaver.child.kill('SIGTERM');
    while (leaver.child.exitCode === null) await produce(60);
    await settled(server, 2);
    await produce(60);
    await until(() => missing(produced(), members).length === 0, 'every record processed');
    const since = rest.map(({ lines }, i) => lines.slice(before[i]));
    expect(since.flat().filter((line) => /^(revoked|lost) /.test(line))).toEqual([]);
    const moved = since.flat().flatMap((line) => (line.startsWith('assigned ') ? line.split(' ').slice(1) : []));
    const left = leaver.lines.flatMap((line) => (line.startsWith('revoked ') ? line.split(' ').slice(1) : []));
    expect(new Set(left)).toEqual(new Set([...left, ...moved]));
    expect(moved).toHaveLength(PARTITIONS / 3);
    const twice = members.flatMap((member) => member.records()).length - produced().size;
    expect(twice).toBe(0);
  });

  it('goes on with all offsets after the server itself is killed', async () => {
    const data = await mkdtemp(join(tmpdir(), 'stratalog-groups-'));
    cleanups.push(() => rm(data, { recursive: true }));
    let server = await startServer({ data });
    cleanups.push(() => server.stop());
    const admin = new Admin({ url: server.url });
    await admin.createTopic({ name: 'events', partitions: PARTITIONS });
    await admin.close();
    const commit = { offsets: [{ topic: 'events', partition: 3, offset: 0, metadata: 'kept' }] };
    const answer = await fetch(`${server.url}/v1/groups/s/offsets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(commit),
    });
    expect(answer.status).toBe(200);
    await server.stop('SIGKILL');
    server = await startServer({ data });
    const kept = (await (await fetch(`${server.url}/v1/groups/s/offsets`)).json()) as { offsets: readonly object[] };
    expect(kept.offsets).toMatchObject([{ partition: 3, offset: 0, metadata: 'kept' }]);
  });
});
