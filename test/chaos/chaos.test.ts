import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHistory } from '../simulation/checker/check.ts';
import {
  ChaosHistory,
  createTopic,
  type Door,
  finalHistory,
  pause,
  produceOverHttp,
  produceOverKafka,
  readOverHttp,
  until,
} from './clients.ts';
import { between, DISASTERS, killAndStart, type Round } from './disasters.ts';
import { consumeInGroup, produceOverSdk, readOverSdk } from './library-clients.ts';
import { ChaosProxy } from './proxy.ts';
import { ChaosServer } from './server.ts';

/** `CHAOS_ROUNDS=100` makes it long; each round is one disaster and some quiet after it. */
const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 14);
const PARTITIONS = 3;
const TEST_WITHIN_MS = 60_000 + ROUNDS * 20_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-chaos-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A server that its clients reach through proxies. */
async function startBehindProxies(data: string, flags: readonly string[] = []) {
  const server = await ChaosServer.prepare(['serve', '--data', data, '--log-level', 'error', ...flags]);
  const http = await ChaosProxy.start(server.httpPort);
  const kafka = await ChaosProxy.start(server.kafkaPort);
  await server.start(['--advertised', `127.0.0.1:${kafka.port}`]);
  return {
    server,
    http,
    kafka,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await http[Symbol.asyncDispose]();
      await kafka[Symbol.asyncDispose]();
    },
  };
}

/** Starts all clients; `stop` ends them and answers the whole history. */
function load({ server, http, kafka }: Awaited<ReturnType<typeof startBehindProxies>>) {
  const history = new ChaosHistory();
  let over = false;
  const through: Door = { url: () => `http://127.0.0.1:${http.port}`, isOver: () => over };
  const running = Array.from({ length: PARTITIONS }, (_, partition) => [
    produceOverHttp(`http${partition}`, partition, history, through),
    produceOverSdk(`sdk${partition}`, partition, history, through),
    produceOverKafka(`kafka${partition}`, partition, [kafka.port], history, through),
    readOverHttp(`reader${partition}`, partition, history, through),
    readOverSdk(`follower${partition}`, partition, history, through),
  ]).flat();
  for (const name of ['groupA', 'groupB']) running.push(consumeInGroup(name, [kafka.port], history, through));
  return {
    history,
    [Symbol.dispose]: () => {
      over = true;
    },
    stop: async () => {
      over = true;
      await Promise.all(running);
      return finalHistory(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, history);
    },
  };
}

describe('a server with real clients, to which everything happens', () => {
  it(`keeps every rule over ${ROUNDS} disasters`, { timeout: TEST_WITHIN_MS }, async () => {
    await using reached = await startBehindProxies(join(folder, 'data'), ['--append-timeout-ms', '5000']);
    const { server, http, kafka } = reached;
    await createTopic(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, {});
    using clients = load(reached);
    const { history, stop } = clients;
    for (let round = 0; round < ROUNDS; round++) {
      await pause(between(100, 700));
      const [, disaster] = DISASTERS[round % DISASTERS.length] as Round;
      await disaster(server, round % 2 === 0 ? http : kafka);
    }
    // With everything well again a group finds together, and goes on.
    const consumed = history.consumed;
    await until(() => history.consumed > consumed + 20);
    const whole = await stop();
    expect(checkHistory(whole)).toEqual([]);
    console.log(`chaos: ${ROUNDS} disasters, ${http.resets + kafka.resets} connections reset, ${JSON.stringify(history.counts())}`);
    expect(history.operations.filter(({ kind }) => kind === 'produce').length).toBeGreaterThan(100);
  });

  it('loses nothing when a zone loses all it has, with two copies of everything', { timeout: 120_000 }, async () => {
    const data = join(folder, 'data');
    await using reached = await startBehindProxies(data, ['--zones', '2']);
    const { server } = reached;
    await createTopic(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, { 'min.insync.replicas': '2' });
    using clients = load(reached);
    const { history, stop } = clients;
    const [zone = 'none'] = await readdir(join(data, 'zones'));
    // Moved away in one step, as a disk goes: the server may be writing there.
    const lose = (what: string) => rename(join(data, 'zones', zone, what), join(folder, `lost-${what.replace('.', 'all')}`));
    const more = async () => {
      const before = history.acknowledged;
      await until(() => history.acknowledged > before + 100);
    };
    await more();
    // While the server is down, and while it runs.
    await server.kill();
    await lose('wal');
    await server.start();
    await more();
    await refilled(join(data, 'zones'));
    await lose('.');
    await more();
    await killAndStart(server);
    await more();
    expect(checkHistory(await stop())).toEqual([]);
    console.log(`zones: ${JSON.stringify(history.counts())}`);
  });

  it.runIf(canMount())('takes no harm from a full disk, and goes on when there is room again', { timeout: 120_000 }, async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', data]);
    try {
      await using reached = await startBehindProxies(data);
      const { server } = reached;
      await createTopic(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, {});
      using clients = load(reached);
      const { history, stop } = clients;
      await until(() => history.refusedFor('STORAGE_FULL') > 20 || !server.isRunning);
      const before = history.acknowledged;
      expect(before).toBeGreaterThan(50);
      execFileSync('mount', ['-o', 'remount,size=200m', data]);
      if (!server.isRunning) await server.start();
      await until(() => history.acknowledged > before + 50);
      await server.kill();
      await server.start();
      expect(checkHistory(await stop())).toEqual([]);
      console.log(`full disk: ${JSON.stringify(history.counts())}`);
    } finally {
      execFileSync('umount', ['-l', data]);
    }
  });
});

/** A small file system of our own needs the right to mount one; without it the reason is printed. */
function canMount(): boolean {
  const scratch = mkdtempSync(join(tmpdir(), 'stratalog-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', scratch], { stdio: 'ignore' });
    execFileSync('umount', [scratch]);
    return true;
  } catch {
    process.stderr.write('the full disk is not tried: this process may not mount a file system\n');
    return false;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Waits until every zone has what it had before: the jobs fill it, 30 seconds later at the latest. */
async function refilled(zones: string): Promise<void> {
  const filesOf = async (zone: string) => (await readdir(join(zones, zone, 'wal'), { recursive: true }).catch(() => [])).length;
  const names = await readdir(zones);
  await until(async () => {
    const counts = await Promise.all(names.map(filesOf));
    return Math.min(...counts) > 0.9 * Math.max(...counts);
  });
}
