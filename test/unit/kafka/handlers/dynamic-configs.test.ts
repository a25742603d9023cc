import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RawClient } from '../client.ts';
import { batchOf, produce, startGateway } from '../gateway.ts';

const TOPIC = 2;
const BROKER = 4;
const GROUP = 32;
const SET = 0;
const DELETE = 1;
type Operation = readonly [name: string, value: string | null, configOperation?: number | undefined];

async function change(
  client: RawClient,
  resourceType: number,
  resourceName: string,
  operations: readonly Operation[],
  validateOnly = false,
) {
  const configs = operations.map(([name, value, configOperation = value === null ? DELETE : SET]) => ({ name, configOperation, value }));
  const resources = [{ resourceType, resourceName, configs }];
  return (await client.call('IncrementalAlterConfigs', 1, { resources, validateOnly })).responses[0]?.errorCode;
}

/** Value, source and what stands behind, as one line a setting. */
async function shown(client: RawClient, resourceType: number, resourceName: string, keys: readonly string[] | null = null) {
  const resources = [{ resourceType, resourceName, configurationKeys: keys }];
  const { results } = await client.call('DescribeConfigs', 4, { resources, includeSynonyms: true });
  return (results[0]?.configs ?? []).map(({ name, value, configSource, synonyms = [] }) => {
    const behind = synonyms.map((synonym) => `${synonym.name}=${synonym.value}@${synonym.source}`);
    return `${name}=${value}@${configSource}: ${behind.join(' ')}`;
  });
}

describe('settings that gateways are given while they run', () => {
  it('stand for one gateway above those for all, and those above the defaults of topics', async () => {
    const { client } = await startGateway({ topics: ['t', { name: 'own', configs: { 'retention.ms': '7' } }] });
    expect(await change(client, BROKER, '', [['log.retention.ms', '1000']])).toBe(0);
    expect(await change(client, BROKER, '1', [['log.retention.ms', '2000']])).toBe(0);
    expect(await shown(client, BROKER, '')).toEqual(['log.retention.ms=1000@3: log.retention.ms=1000@3']);
    const behind = 'log.retention.ms=2000@2 log.retention.ms=1000@3 log.retention.hours=168@5';
    expect(await shown(client, BROKER, '1', ['log.retention.ms'])).toEqual([`log.retention.ms=2000@2: ${behind}`]);
    expect(await shown(client, TOPIC, 't', ['retention.ms'])).toEqual([`retention.ms=2000@2: ${behind}`]);
    expect(await shown(client, TOPIC, 'own', ['retention.ms'])).toEqual([`retention.ms=7@1: retention.ms=7@1 ${behind}`]);
    expect(await change(client, BROKER, '1', [['log.retention.ms', null]])).toBe(0);
    expect(await shown(client, TOPIC, 't', ['retention.ms'])).toEqual([
      'retention.ms=1000@3: log.retention.ms=1000@3 log.retention.hours=168@5',
    ]);
    expect(await change(client, BROKER, '', [['log.retention.ms', null]])).toBe(0);
    expect(await shown(client, TOPIC, 't', ['retention.ms'])).toEqual(['retention.ms=604800000@5: ']);
  });

  it('are obeyed by what is written next, and not kept by a check alone', async () => {
    const { client, broker } = await startGateway();
    const batch = batchOf(['x'.repeat(5_000)]);
    expect(await change(client, BROKER, '', [['message.max.bytes', '1000']], true)).toBe(0);
    expect((await produce(client, 't', batch)).errorCode).toBe(0);
    expect(await change(client, BROKER, '', [['message.max.bytes', '1000']])).toBe(0);
    expect((await produce(client, 't', batch)).errorCode).toBe(10);
    const answer = await fetch(`${broker.url}/v1/topics/t?configs=given`);
    expect(((await answer.json()) as { configs: object }).configs).toEqual({});
    expect(await change(client, TOPIC, 't', [['max.message.bytes', '9000']])).toBe(0);
    expect((await produce(client, 't', batch)).errorCode).toBe(0);
    expect(await change(client, TOPIC, 't', [['max.message.bytes', null]])).toBe(0);
    expect((await produce(client, 't', batch)).errorCode).toBe(10);
  });

  it('bound the connections', async () => {
    const { client, broker } = await startGateway();
    expect(await change(client, BROKER, '1', [['max.connections', '2']])).toBe(0);
    const second = await RawClient.connect(broker.kafka.port);
    const third = await RawClient.connect(broker.kafka.port);
    await vi.waitFor(() => expect(third.closed).toBe(true));
    expect(
      await change(second, BROKER, '1', [
        ['max.connections', null],
        ['max.connections.per.ip', '2'],
      ]),
    ).toBe(0);
    const fourth = await RawClient.connect(broker.kafka.port);
    await vi.waitFor(() => expect(fourth.closed).toBe(true));
    expect(await change(client, BROKER, '1', [['max.connections.per.ip', null]])).toBe(0);
    const fifth = await RawClient.connect(broker.kafka.port);
    expect(await shown(fifth, BROKER, '')).toEqual([]);
    second.close();
    fifth.close();
  });

  it('outlive the process, and are no topics', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-settings-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const first = await startGateway({ folder });
    expect(
      await change(first.client, BROKER, '', [
        ['log.cleanup.policy', 'compact', 2],
        ['no.such', 'secret'],
      ]),
    ).toBe(0);
    expect(await change(first.client, BROKER, '1', [['background.threads', '9']])).toBe(0);
    await first.broker.close();
    const second = await startGateway({ folder, topics: [] });
    expect(await shown(second.client, TOPIC, 't', ['cleanup.policy'])).toEqual([
      'cleanup.policy=delete,compact@3: log.cleanup.policy=delete,compact@3 log.cleanup.policy=delete@5',
    ]);
    expect(await shown(second.client, BROKER, '1', ['background.threads', 'no.such'])).toEqual([
      'background.threads=9@2: background.threads=9@2 background.threads=10@5',
      'no.such=null@3: no.such=null@3',
    ]);
    const { topics } = await second.client.call('Metadata', 12, { topics: null });
    expect(topics.map(({ name }) => name)).toEqual(['t', 't3']);
    const { responses } = await second.client.call('DeleteTopics', 6, { topics: [{ name: '~settings/gateways' }], timeoutMs: 1_000 });
    expect(responses[0]?.errorCode).toBe(3);
    expect((await produce(second.client, '~settings/gateways', batchOf(['x']))).errorCode).not.toBe(0);
  });

  it('are refused as by a broker where they are fixed, not of their kind, or not for all', async () => {
    const { client } = await startGateway();
    const one = (name: string, value: string | null, operation?: number) => change(client, BROKER, '1', [[name, value, operation]]);
    expect(await one('node.id', '7')).toBe(42);
    expect(await one('listeners', 'PLAINTEXT://:1')).toBe(42);
    expect(await one('background.threads', 'many')).toBe(42);
    expect(await one('background.threads', '0')).toBe(42);
    expect(await one('sasl.kerberos.ticket.renew.jitter', 'x')).toBe(42);
    expect(await one('log.preallocate', 'yes')).toBe(42);
    expect(await one('transaction.partition.verification.enable', 'yes')).toBe(42);
    expect(await one('log.cleanup.policy', 'shred')).toBe(42);
    expect(await one('background.threads', '3', 2)).toBe(40);
    expect(await one('ssl.keystore.password', 'x')).toBe(42);
    expect(await one('sasl.kerberos.min.time.before.relogin', '58000')).toBe(0);
    expect(await change(client, BROKER, '', [['sasl.kerberos.min.time.before.relogin', '58000']])).toBe(42);
    expect(await change(client, BROKER, '', [['a'.repeat(70_000), 'x']])).toBe(42);
  });
});

describe('settings that a group is given', () => {
  it('say how often its members report and how long they may be silent', async () => {
    const { client } = await startGateway();
    expect(
      await change(client, GROUP, 'g', [
        ['consumer.session.timeout.ms', '50000'],
        ['consumer.heartbeat.interval.ms', '6000'],
      ]),
    ).toBe(0);
    expect(await shown(client, GROUP, 'g', ['consumer.session.timeout.ms'])).toEqual([
      'consumer.session.timeout.ms=50000@8: consumer.session.timeout.ms=50000@8 group.consumer.session.timeout.ms=45000@5',
    ]);
    expect((await client.call('ListConfigResources', 1, { resourceTypes: [GROUP] })).configResources).toEqual([
      { resourceName: 'g', resourceType: GROUP },
    ]);
    const join = {
      groupId: 'g',
      memberId: 'one',
      memberEpoch: 0,
      rebalanceTimeoutMs: 5_000,
      subscribedTopicNames: ['t'],
      topicPartitions: [],
    };
    const joined = await client.call('ConsumerGroupHeartbeat', 1, join);
    expect(joined.errorCode).toBe(0);
    const { memberEpoch = 0, assignment } = joined;
    const owned = { topicPartitions: assignment?.topicPartitions ?? [] };
    await vi.waitFor(async () => {
      const beat = await client.call('ConsumerGroupHeartbeat', 1, { ...join, memberEpoch, ...owned });
      expect(beat).toMatchObject({ errorCode: 0, heartbeatIntervalMs: 6_000 });
    });
    expect(await change(client, GROUP, 'g', [['consumer.session.timeout.ms', '5']])).toBe(40);
    expect(await change(client, GROUP, 'g', [['share.auto.offset.reset', 'earliest']])).toBe(40);
    expect(await change(client, GROUP, '', [['consumer.session.timeout.ms', '50000']])).toBe(42);
  });
});
