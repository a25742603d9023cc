import { describe, expect, it, onTestFinished } from 'vitest';
import { readGatewaySettings } from '../../../lib/config/gateway-settings.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';
import { openKafkaDoor } from '../../../lib/runtime/gateway.ts';
import { runGateway } from '../../../lib/runtime/gateway-process.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';
import { RawClient } from '../kafka/client.ts';

const closing = new AbortController().signal;

async function open(options: Parameters<typeof openKafkaDoor>[2] = {}, host = '127.0.0.1') {
  const engine = createMemoryEngine({ settings: { soleWriter: true } });
  const door = await openKafkaDoor({ host, port: 0 }, { engine, telemetry: SILENT, closing }, options);
  onTestFinished(async () => {
    await door.close(0);
    await engine.close();
  });
  const client = await RawClient.connect(door.port);
  onTestFinished(() => client.close());
  return { door, client };
}

describe('the Kafka door', () => {
  it('tells clients the address that it is told to advertise, and its zone', async () => {
    const { client } = await open({ advertised: { host: 'kafka.example.org', port: 1234 }, rack: 'zone-a', clusterId: 'mine' });
    expect(await client.call('Metadata', 9, { topics: [] })).toMatchObject({
      clusterId: 'mine',
      brokers: [{ nodeId: 1, host: 'kafka.example.org', port: 1234, rack: 'zone-a' }],
    });
  });

  it('creates a topic that is asked for, unless it is told not to', async () => {
    const ask = async (options: Parameters<typeof openKafkaDoor>[2]) => {
      const { client } = await open(options);
      return (await client.call('Metadata', 9, { topics: [{ name: 'asked' }], allowAutoTopicCreation: true })).topics[0]?.errorCode;
    };
    expect([await ask({}), await ask({ autoCreateTopics: 'on' }), await ask({ autoCreateTopics: 'off' })]).toEqual([0, 0, 3]);
  });

  it('advertises the loopback address when it listens everywhere', async () => {
    const { door, client } = await open({}, '0.0.0.0');
    expect((await client.call('Metadata', 9, { topics: [] })).brokers).toMatchObject([{ host: '127.0.0.1', port: door.port }]);
    expect(door.url).toBe(`kafka://0.0.0.0:${door.port}`);
  });

  it('says which address it cannot have', async () => {
    const { door } = await open();
    const engine = createMemoryEngine();
    const taken = { host: '127.0.0.1', port: door.port };
    await expect(openKafkaDoor(taken, { engine, telemetry: SILENT, closing })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('another process listens there'),
    });
    await engine.close();
  });
});

describe('a gateway alone', () => {
  it('ends with the reason when its address cannot be had, before it asks the deployment anything', async () => {
    const { door } = await open();
    const environment = { STRATALOG_TABLE: 'none', STRATALOG_ZONES: 'a=none' };
    const backend = readGatewaySettings({ kafka: `127.0.0.1:${door.port}`, logLevel: 'error' }, environment);
    if (backend.kind !== 'deployment') throw new Error('not a deployment');
    const { settings } = backend;
    const run = runGateway({ settings, signal: closing, onReady: () => undefined });
    await expect(run).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
