/** Two gateways in front of one table and one bucket, to which everything happens, and to the ways between them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMaintenance } from '../../lib/engine/maintenance/maintenance.ts';
import { environmentOf } from '../integration/gateway-process.ts';
import { type ScratchDeployment, startScratchDeployment } from '../integration/scratch-deployment.ts';
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

const ROUNDS = Number(process.env.CHAOS_ROUNDS ?? 14);
const PARTITIONS = 3;
const GATEWAYS = 2;
const MERGE_EVERY_MS = 2_000;
const TEST_WITHIN_MS = 120_000 + ROUNDS * 20_000;

let deployment: ScratchDeployment;
beforeAll(async () => {
  deployment = await startScratchDeployment();
}, 900_000);
afterAll(() => deployment?.stop());

/** A gateway that clients and stores are reached through proxies of. */
class Gateway implements AsyncDisposable {
  readonly server: ChaosServer;
  readonly http: ChaosProxy;
  readonly kafka: ChaosProxy;
  readonly stores: readonly ChaosProxy[];

  private constructor(server: ChaosServer, http: ChaosProxy, kafka: ChaosProxy, stores: readonly ChaosProxy[]) {
    this.server = server;
    this.http = http;
    this.kafka = kafka;
    this.stores = stores;
  }

  static async start(): Promise<Gateway> {
    const env = environmentOf(deployment);
    const stores: ChaosProxy[] = [];
    for (const name of ['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_S3']) {
      const proxy = await ChaosProxy.start(Number(new URL(env[name] ?? '').port));
      stores.push(proxy);
      env[name] = `http://127.0.0.1:${proxy.port}`;
    }
    const server = await ChaosServer.prepare(['gateway', '--log-level', 'error'], env);
    const http = await ChaosProxy.start(server.httpPort);
    const kafka = await ChaosProxy.start(server.kafkaPort);
    await server.start(['--advertised', `127.0.0.1:${kafka.port}`]);
    return new Gateway(server, http, kafka, stores);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    for (const proxy of [this.http, this.kafka, ...this.stores]) await proxy[Symbol.asyncDispose]();
  }
}

/** What happens to the stores' connections of a gateway. */
const STORE_ROUNDS: readonly Round[] = DISASTERS.filter(([name]) => name.endsWith('connections'));

describe('two gateways with real clients, to which everything happens', () => {
  it(`keep every rule over ${ROUNDS} disasters`, { timeout: TEST_WITHIN_MS }, async () => {
    await using one = await Gateway.start();
    await using two = await Gateway.start();
    const gateways = [one, two];
    const direct = `http://127.0.0.1:${one.server.httpPort}`;
    await createTopic(direct, PARTITIONS, {});
    const history = new ChaosHistory();
    let over = false;
    using _ending = {
      [Symbol.dispose]: () => {
        over = true;
      },
    };
    const isOver = (): boolean => over;
    const any: Door = { isOver, url: () => `http://127.0.0.1:${gateways[Math.floor(Math.random() * GATEWAYS)]?.http.port}` };
    const ports = gateways.map(({ kafka }) => kafka.port);
    const running = Array.from({ length: PARTITIONS }, (_, partition) => [
      produceOverHttp(`http${partition}`, partition, history, any),
      produceOverSdk(`sdk${partition}`, partition, history, any),
      produceOverKafka(`kafka${partition}`, partition, ports, history, any),
      readOverHttp(`reader${partition}`, partition, history, any),
      readOverSdk(`follower${partition}`, partition, history, any),
    ]).flat();
    running.push(consumeInGroup('groupA', ports, history, any), consumeInGroup('groupB', [...ports].reverse(), history, any));
    const merging = mergeUntil(isOver);
    for (let round = 0; round < ROUNDS; round++) {
      await pause(between(100, 700));
      const gateway = gateways[round % GATEWAYS] as Gateway;
      const [, disaster] = DISASTERS[round % DISASTERS.length] as Round;
      await disaster(gateway.server, Math.random() < 0.5 ? gateway.http : gateway.kafka);
      const [, atStore] = STORE_ROUNDS[round % STORE_ROUNDS.length] as Round;
      await atStore(gateway.server, gateway.stores[round % gateway.stores.length] as ChaosProxy);
    }
    await pause(2_000);
    for (const { server } of gateways) await killAndStart(server);
    const consumed = history.consumed;
    await until(() => history.consumed > consumed + 20);
    over = true;
    await Promise.all([...running, merging]);
    const whole = await finalHistory(direct, PARTITIONS, history);
    console.log(`gateways: ${2 * ROUNDS} disasters, ${JSON.stringify(history.counts())}`);
    expect(checkHistory(whole)).toEqual([]);
    expect(history.acknowledged).toBeGreaterThan(100);
  });
});

/** Merges what the gateways write, as the deployment's functions would. */
async function mergeUntil(isOver: () => boolean): Promise<void> {
  const { engine } = deployment.open();
  const maintenance = createMaintenance(engine, { settings: { mergeEntriesMin: 20, mergeAgeMs: 5_000 } });
  while (!isOver()) {
    await maintenance.run('merge', { all: true });
    await pause(MERGE_EVERY_MS);
  }
}
