import { describe, expect, it } from 'vitest';
import { TOPIC_CONFIG_NAMES } from '../../../../lib/core/topic-config.ts';
import { BROKER_CONFIG_TABLE } from '../../../../lib/kafka/broker-config-table.ts';
import { topicDefaultEntries } from '../../../../lib/kafka/config-entries.ts';
import type { RawClient } from '../client.ts';
import { startGateway } from '../gateway.ts';

async function describeTopic(client: RawClient, keys: readonly string[] | null = null, over: object = {}) {
  const { results } = await client.call('DescribeConfigs', 4, {
    resources: [{ resourceType: 2, resourceName: 't', configurationKeys: keys }],
    includeSynonyms: true,
    ...over,
  });
  return results[0];
}

async function settingOf(client: RawClient, name: string) {
  return (await describeTopic(client, [name]))?.configs[0]?.value;
}

describe('DescribeConfigs', () => {
  it('lists every setting of a topic with its source, type and synonyms', async () => {
    const { client } = await startGateway({ topics: [{ name: 't', configs: { 'retention.bytes': '5' } }] });
    const described = await describeTopic(client);
    expect(described?.configs.map(({ name }) => name)).toEqual([...TOPIC_CONFIG_NAMES].sort());
    expect(described?.configs.find(({ name }) => name === 'retention.bytes')).toEqual({
      name: 'retention.bytes',
      value: '5',
      readOnly: false,
      configSource: 1,
      isSensitive: false,
      synonyms: [
        { name: 'retention.bytes', value: '5', source: 1 },
        { name: 'log.retention.bytes', value: '-1', source: 5 },
      ],
      configType: 5,
      documentation: null,
    });
    expect(described?.configs.find(({ name }) => name === 'cleanup.policy')).toMatchObject({
      value: 'delete',
      configSource: 5,
      configType: 7,
    });
  });

  it('answers only what is asked for, with words if they are wanted', async () => {
    const { client } = await startGateway();
    const described = await describeTopic(client, ['retention.ms', 'no.such'], { includeSynonyms: false, includeDocumentation: true });
    expect(described?.configs).toMatchObject([{ name: 'retention.ms', synonyms: [], documentation: expect.stringContaining('kept') }]);
  });

  it('describes gateways and groups, and refuses what there is not', async () => {
    const { client } = await startGateway();
    const resource = (resourceType: number, resourceName: string) => ({ resourceType, resourceName, configurationKeys: null });
    const { results } = await client.call('DescribeConfigs', 4, {
      resources: [
        resource(4, '1'),
        resource(4, '9'),
        resource(4, ''),
        resource(8, '1'),
        resource(32, 'g'),
        resource(16, 'm'),
        resource(2, 'nowhere'),
        resource(7, 'x'),
      ],
    });
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 42, 0, 0, 0, 0, 3, 42]);
    const broker = new Map(results[0]?.configs.map(({ name, value }) => [name, value]));
    expect(broker.get('node.id')).toBe('1');
    expect(broker.get('message.max.bytes')).toBe('1048588');
    expect(broker.get('auto.create.topics.enable')).toBe('true');
    const ofGroup = ['consumer.assignment.interval.ms', 'consumer.heartbeat.interval.ms', 'consumer.session.timeout.ms'];
    expect(results[4]?.configs.map(({ name }) => name)).toEqual(ofGroup);
  });
});

describe('the settings of a gateway', () => {
  it('are all that a broker lists, with types and sources; what differs from the default counts as given', async () => {
    const { broker, client } = await startGateway();
    const { results } = await client.call('DescribeConfigs', 4, {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }],
      includeSynonyms: true,
      includeDocumentation: true,
    });
    const configs = new Map(results[0]?.configs.map((config) => [config.name, config]));
    expect([...configs.keys()]).toEqual(BROKER_CONFIG_TABLE.map(([name]) => name));
    expect(configs.get('listeners')).toMatchObject({
      value: `PLAINTEXT://127.0.0.1:${broker.kafka.port}`,
      readOnly: true,
      configSource: 4,
      configType: 7,
      synonyms: [{ source: 4 }, { value: 'PLAINTEXT://:9092', source: 5 }],
    });
    expect(configs.get('broker.rack')).toMatchObject({ value: null, configSource: 5, synonyms: [] });
    expect(configs.get('ssl.key.password')).toMatchObject({ value: null, isSensitive: true, configType: 9 });
    expect(configs.get('num.io.threads')).toMatchObject({ value: '8', readOnly: false, configSource: 5 });
    for (const { documentation } of configs.values()) expect(documentation).not.toBe('');
  });

  it('are all in the list of a broker, so that none is told to nobody', async () => {
    const { client } = await startGateway({ gateway: { sessionTimeoutMsMin: 77 } });
    const { results } = await client.call('DescribeConfigs', 4, {
      resources: [{ resourceType: 4, resourceName: '1', configurationKeys: null }],
    });
    const value = (name: string) => results[0]?.configs.find((config) => config.name === name)?.value;
    expect(value('group.min.session.timeout.ms')).toBe('77');
    const listed = new Set(BROKER_CONFIG_TABLE.map(([name]) => name));
    for (const { name } of topicDefaultEntries()) expect(listed).toContain(name);
  });
});

describe('AlterConfigs', () => {
  it('replaces all settings', async () => {
    const { client } = await startGateway({ topics: [{ name: 't', configs: { 'retention.ms': '5', 'segment.ms': '9' } }] });
    const { responses } = await client.call('AlterConfigs', 2, {
      resources: [{ resourceType: 2, resourceName: 't', configs: [{ name: 'retention.ms', value: '6' }] }],
    });
    expect(responses).toMatchObject([{ errorCode: 0 }]);
    expect([await settingOf(client, 'retention.ms'), await settingOf(client, 'segment.ms')]).toEqual(['6', '604800000']);
  });

  it('refuses unknown names, null and resources named twice', async () => {
    const { client } = await startGateway();
    const topic = (name: string, value: string | null) => ({ resourceType: 2, resourceName: 't', configs: [{ name, value }] });
    const ask = async (...resources: object[]) =>
      (await client.call('AlterConfigs', 2, { resources })).responses.map(({ errorCode }) => errorCode);
    expect(await ask(topic('no.such', '1'))).toEqual([40]);
    expect(await ask(topic('retention.ms', null))).toEqual([42]);
    expect(await ask(topic('retention.ms', '1'), topic('retention.ms', '2'))).toEqual([42]);
    expect(await ask({ resourceType: 4, resourceName: '7', configs: [] })).toEqual([42]);
    expect(await ask({ resourceType: 16, resourceName: 'm', configs: [] })).toEqual([42]);
    expect(await ask({ resourceType: 8, resourceName: '1', configs: [] })).toEqual([40]);
  });
});

describe('IncrementalAlterConfigs', () => {
  const SET = 0;
  const DELETE = 1;
  const APPEND = 2;
  const SUBTRACT = 3;

  it('sets, resets, appends and subtracts', async () => {
    const { client } = await startGateway();
    const ask = async (name: string, configOperation: number, value: string | null, validateOnly = false) => {
      const configs = [{ name, configOperation, value }];
      const { responses } = await client.call('IncrementalAlterConfigs', 1, {
        resources: [{ resourceType: 2, resourceName: 't', configs }],
        validateOnly,
      });
      return responses[0]?.errorCode;
    };
    expect(await ask('retention.ms', SET, '7', true)).toBe(0);
    expect(await settingOf(client, 'retention.ms')).toBe('604800000');
    expect(await ask('retention.ms', SET, '7')).toBe(0);
    expect(await settingOf(client, 'retention.ms')).toBe('7');
    expect(await ask('retention.ms', DELETE, null)).toBe(0);
    expect(await settingOf(client, 'retention.ms')).toBe('604800000');
    expect(await ask('cleanup.policy', APPEND, 'compact')).toBe(0);
    expect(await settingOf(client, 'cleanup.policy')).toBe('delete,compact');
    expect(await ask('cleanup.policy', SUBTRACT, 'delete')).toBe(0);
    expect(await settingOf(client, 'cleanup.policy')).toBe('compact');
    expect(await ask('retention.ms', APPEND, '7')).toBe(40);
    expect(await ask('retention.ms', SET, null)).toBe(42);
    expect(await ask('retention.ms', 9, '1')).toBe(42);
    expect(await ask('no.such', SET, '1')).toBe(40);
  });
});

describe('ListConfigResources', () => {
  it('lists what has settings, of the types asked for', async () => {
    const { client } = await startGateway();
    const { configResources } = await client.call('ListConfigResources', 1, { resourceTypes: [2, 4] });
    expect(configResources).toEqual([
      { resourceName: 't', resourceType: 2 },
      { resourceName: 't3', resourceType: 2 },
      { resourceName: '1', resourceType: 4 },
    ]);
    expect((await client.call('ListConfigResources', 0, {})).configResources).toEqual([]);
    expect((await client.call('ListConfigResources', 1, { resourceTypes: [99] })).errorCode).toBe(35);
  });
});
