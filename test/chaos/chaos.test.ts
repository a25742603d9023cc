import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkHistory } from '../simulation/checker/check.ts';
import { ChaosHistory, createTopic, type Door, finalHistory, pause, produceOverHttp, produceOverKafka, readOverHttp } from './clients.ts';
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

/** Starts all clients; `stop` ends them and answers the whole history. */
function load(server: ChaosServer, proxy: ChaosProxy) {
  const history = new ChaosHistory();
  let over = false;
  const through: Door = { url: () => `http://127.0.0.1:${proxy.port}`, isOver: () => over };
  const running = Array.from({ length: PARTITIONS }, (_, partition) => [
    produceOverHttp(`http${partition}`, partition, history, through),
    produceOverHttp(`http${partition}b`, partition, history, through),
    produceOverKafka(`kafka${partition}`, partition, server.kafkaPort, history, through),
    readOverHttp(`reader${partition}`, partition, history, through),
  ]).flat();
  return {
    history,
    stop: async () => {
      over = true;
      await Promise.all(running);
      return finalHistory(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, history);
    },
  };
}

type Round = readonly [name: string, disaster: (server: ChaosServer, proxy: ChaosProxy) => Promise<void>];

const between = (low: number, high: number): number => low + Math.random() * (high - low);

const DISASTERS: readonly Round[] = [
  [
    'kill',
    async (server) => {
      await server.kill();
      await server.start();
    },
  ],
  [
    'kill twice, the second time as it starts',
    async (server) => {
      await server.kill();
      const started = server.start().catch(() => undefined);
      await pause(between(50, 700));
      await server.kill();
      await started;
      await server.start();
    },
  ],
  [
    'stop and continue',
    async (server) => {
      server.signal('SIGSTOP');
      await pause(between(200, 4_000));
      server.signal('SIGCONT');
    },
  ],
  [
    'kill while stopped',
    async (server) => {
      server.signal('SIGSTOP');
      await pause(200);
      await server.kill();
      await server.start();
    },
  ],
  ['reset connections', async (_, proxy) => proxy.reset()],
  [
    'slow connections',
    async (_, proxy) => {
      proxy.set('slow', between(20, 400));
      await pause(1_500);
      proxy.set('clear');
    },
  ],
  [
    'half-open connections',
    async (_, proxy) => {
      proxy.set('half-open');
      await pause(between(500, 4_000));
      proxy.set('clear');
      proxy.reset();
    },
  ],
];

describe('a server with real clients, to which everything happens', () => {
  it(`keeps every rule over ${ROUNDS} disasters`, { timeout: TEST_WITHIN_MS }, async () => {
    await using server = await ChaosServer.start(join(folder, 'data'), ['--log-level', 'error', '--append-timeout-ms', '5000']);
    await using proxy = await ChaosProxy.start(server.httpPort);
    await createTopic(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, {});
    const { history, stop } = load(server, proxy);
    for (let round = 0; round < ROUNDS; round++) {
      await pause(between(100, 700));
      const [, disaster] = DISASTERS[round % DISASTERS.length] as Round;
      await disaster(server, proxy);
    }
    await pause(500);
    const whole = await stop();
    expect(checkHistory(whole)).toEqual([]);
    console.log(`chaos: ${ROUNDS} disasters, ${proxy.resets} connections reset, ${JSON.stringify(history.counts())}`);
    expect(history.operations.filter(({ kind }) => kind === 'produce').length).toBeGreaterThan(100);
  });

  it('loses nothing when a zone loses all it has, with two copies of everything', { timeout: 120_000 }, async () => {
    const data = join(folder, 'data');
    await using server = await ChaosServer.start(data, ['--zones', '2', '--log-level', 'error']);
    await using proxy = await ChaosProxy.start(server.httpPort);
    await createTopic(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, { 'min.insync.replicas': '2' });
    const { stop } = load(server, proxy);
    await pause(1_500);
    await server.kill();
    const [zone] = await readdir(join(data, 'zones'));
    await rm(join(data, 'zones', zone ?? 'none', 'wal'), { recursive: true });
    await server.start();
    await pause(1_500);
    await server.kill();
    await server.start();
    expect(checkHistory(await stop())).toEqual([]);
  });

  it.runIf(canMount())('takes no harm from a full disk, and goes on when there is room again', { timeout: 120_000 }, async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', data]);
    try {
      await using server = await ChaosServer.start(data, ['--log-level', 'error']);
      await using proxy = await ChaosProxy.start(server.httpPort);
      await createTopic(`http://127.0.0.1:${server.httpPort}`, PARTITIONS, {});
      const { history, stop } = load(server, proxy);
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

async function until(condition: () => boolean, withinMs = 60_000): Promise<void> {
  const endsAt = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error(`what is waited for did not happen within ${withinMs} ms`);
    await pause(20);
  }
}
