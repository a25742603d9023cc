import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Admin, Producer } from '../../lib/sdk/index.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const SESSION_MS = 8_000;
const CLI = join(import.meta.dirname, '../../bin/stratalog.ts');
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function started(script: string, args: readonly string[]): { readonly child: ChildProcess; readonly output: () => string } {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  cleanups.push(async () => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  });
  return { child, output: () => output };
}

const startWorker = ({ url }: ServerProcess) => started(join(import.meta.dirname, 'group-worker.ts'), [url, 'g', String(SESSION_MS)]);

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within 90 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function world() {
  const data = await mkdtemp(join(tmpdir(), 'stratalog-status-'));
  cleanups.push(() => rm(data, { recursive: true }));
  const server = await startServer({ data, flags: ['--lag-sample-ms', '500'] });
  cleanups.push(() => server.stop());
  const admin = new Admin({ url: server.url });
  cleanups.push(() => admin.close());
  await admin.createTopic({ name: 'work', partitions: 1 });
  const producer = new Producer({ url: server.url });
  cleanups.push(() => producer.close());
  const produce = async (count: number) => {
    await Promise.all(Array.from({ length: count }, (_, i) => producer.send({ topic: 'work', value: `${i}` })));
  };
  return { server, admin, produce };
}

async function gauge(server: ServerProcess, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^stratalog_${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describe('the status of a group at work', () => {
  it('is WARN when it falls behind, STOP when it hangs, ERROR when it is gone, and OK again, wherever one looks', async () => {
    const { server, admin, produce } = await world();
    await produce(20);
    const worker = startWorker(server);
    await until(async () => (await fetch(`${server.url}/v1/groups/g`)).ok, 'the worker joins');
    const told = async (pace: string) => {
      worker.child.stdin?.write(`${pace}\n`);
      await until(() => worker.output().endsWith(`now ${pace}\n`), `the worker is told: ${pace}`);
    };
    const watch = started(CLI, ['group', 'lag', 'g', '--watch', '--interval', '1', '--url', server.url]);
    const watched = () => watch.output().match(/^status \w+/gm) ?? [];
    const lagging = async () => (await (await fetch(`${server.url}/v1/groups/g/lag`)).json()) as { status: string; lag: number };
    /** In the API, the client, the metrics and the command that watches; `feed` keeps the state up meanwhile. */
    const everywhere = async (status: string, feed: () => Promise<void> = async () => undefined) => {
      const seenBefore = watched().length;
      await until(async () => {
        await feed();
        return (await lagging()).status === status;
      }, `HTTP says ${status}`);
      await until(async () => {
        await feed();
        return (await gauge(server, 'group_status')) === ['OK', 'WARN', 'STOP', 'ERROR'].indexOf(status);
      }, `the metric says ${status}`);
      await until(async () => {
        await feed();
        return watched().slice(seenBefore).includes(`status ${status}`);
      }, `the command that watches says ${status}`);
      expect(await admin.groups.describe('g')).toMatchObject({ status, partitions: [{ status }] });
    };
    await until(async () => (await lagging()).lag === 0, 'all is consumed');
    await everywhere('OK');
    await told('slow');
    await everywhere('WARN', () => produce(20));
    await told('quick');
    await everywhere('OK');
    await told('hang');
    await produce(11);
    await everywhere('STOP');
    expect((await admin.groups.describe('g')).members.length).toBe(1);
    worker.child.kill('SIGSTOP');
    await everywhere('ERROR');
    const gone = await admin.groups.describe('g');
    expect(gone).toMatchObject({ state: 'empty', members: [], lag: 11 });
    expect(gone.lagMs).toBeGreaterThan(SESSION_MS);
    const described = started(CLI, ['group', 'describe', 'g', '--url', server.url]);
    await until(() => described.child.exitCode === 0, 'describe ends');
    expect(described.output()).toMatch(/group g: empty[\s\S]*status ERROR, lag 11[\s\S]*no members[\s\S]*work +0 +\d+ +\d+ +11 .*ERROR +-/);
    startWorker(server);
    await everywhere('OK');
    await until(async () => (await lagging()).lag === 0, 'all is consumed again');
  });
});
