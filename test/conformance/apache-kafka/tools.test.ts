import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';
import { kafkaTool } from './install.ts';

const TOOLS = 'org.apache.kafka.tools';
let broker: Stratalog;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-'));
  broker = await startStratalog({ folder: join(folder, 'data') });
});

afterAll(async () => {
  await broker?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a tool printed; a failure of the tool is one of the test. */
async function tool(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await kafkaTool(`${TOOLS}.${name}`, ['--bootstrap-server', broker.brokers, ...args]);
  expect(code, `${name} ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

async function config(lines: Record<string, string>): Promise<string> {
  const file = join(folder, `${Object.keys(lines).join('-')}.properties`);
  await writeFile(
    file,
    Object.entries(lines)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  return file;
}

describe("Apache Kafka's command line tools", () => {
  it('create, describe, alter and delete topics', async () => {
    await tool('TopicCommand', '--create', '--topic', 'made', '--partitions', '3', '--config', 'retention.ms=1000');
    expect(await tool('TopicCommand', '--describe', '--topic', 'made')).toMatch(/PartitionCount: 3.*retention\.ms=1000/);
    await tool('TopicCommand', '--alter', '--topic', 'made', '--partitions', '5');
    expect(await tool('TopicCommand', '--describe', '--topic', 'made')).toContain('PartitionCount: 5');
    await tool('TopicCommand', '--delete', '--topic', 'made');
    expect(await tool('TopicCommand', '--list')).not.toContain('made');
  });

  it('describe and change settings', async () => {
    await tool('TopicCommand', '--create', '--topic', 'settings');
    const entity = ['--entity-type', 'topics', '--entity-name', 'settings'];
    const command = async (...args: string[]) => {
      const { code, stdout, stderr } = await kafkaTool('kafka.admin.ConfigCommand', ['--bootstrap-server', broker.brokers, ...args]);
      expect(code, `${stdout}\n${stderr}`).toBe(0);
      return stdout;
    };
    await command('--alter', ...entity, '--add-config', 'retention.ms=2000,cleanup.policy=[compact,delete]');
    expect(await command('--describe', ...entity)).toContain('retention.ms=2000');
    await command('--alter', ...entity, '--delete-config', 'retention.ms');
    expect(await command('--describe', ...entity)).not.toContain('retention.ms=2000');
    expect(await command('--describe', '--all', '--entity-type', 'brokers', '--entity-name', '1')).toContain(
      'auto.create.topics.enable=true',
    );
    const all = ['--entity-type', 'brokers', '--entity-default'];
    await command('--alter', ...all, '--add-config', 'log.retention.ms=3000,log.cleanup.policy=[compact,delete]');
    expect(await command('--describe', ...all)).toContain('DYNAMIC_DEFAULT_BROKER_CONFIG:log.retention.ms=3000');
    expect(await command('--describe', '--all', ...entity)).toMatch(/retention\.ms=3000 .*DYNAMIC_DEFAULT_BROKER_CONFIG/);
    await command('--alter', ...all, '--delete-config', 'log.retention.ms,log.cleanup.policy');
    const group = ['--entity-type', 'groups', '--entity-name', 'given'];
    await command('--alter', ...group, '--add-config', 'consumer.session.timeout.ms=50000');
    expect(await command('--describe', ...group)).toContain('DYNAMIC_GROUP_CONFIG:consumer.session.timeout.ms=50000');
  });

  it('produce, consume and show where a group stands, with both group protocols', async () => {
    await tool('TopicCommand', '--create', '--topic', 'perf', '--partitions', '6');
    const produced = await kafkaTool(`${TOOLS}.ProducerPerformance`, [
      ...['--topic', 'perf', '--num-records', '20000', '--record-size', '512', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${broker.brokers}`, 'acks=all', 'compression.type=lz4'],
    ]);
    expect(produced.stdout).toContain('20000 records sent');
    for (const protocol of ['classic', 'consumer']) {
      const file = await config({ 'group.protocol': protocol });
      const consumed = await tool(
        'ConsumerPerformance',
        '--topic',
        'perf',
        '--num-records',
        '20000',
        '--group',
        `perf-${protocol}`,
        '--command-config',
        file,
      );
      expect(consumed).toMatch(/, 20000, /);
      const shown = await tool('consumer.group.ConsumerGroupCommand', '--describe', '--group', `perf-${protocol}`);
      expect(shown.split('\n').filter((line) => line.startsWith(`perf-${protocol}`))).toHaveLength(6);
    }
    const groups = await tool('consumer.group.ConsumerGroupCommand', '--list');
    expect(
      groups
        .split('\n')
        .filter((name) => name.startsWith('perf-'))
        .sort(),
    ).toEqual(['perf-classic', 'perf-consumer']);
    const reset = await tool(
      'consumer.group.ConsumerGroupCommand',
      '--group',
      'perf-classic',
      '--topic',
      'perf',
      '--reset-offsets',
      '--to-earliest',
      '--execute',
    );
    expect(reset).toMatch(/perf-classic\s+perf\s+0\s+0/);
    await tool('consumer.group.ConsumerGroupCommand', '--delete', '--group', 'perf-classic');
    expect(await tool('GetOffsetShell', '--topic', 'perf')).toMatch(/perf:5:\d+/);
  });

  it('delete records', async () => {
    await tool('TopicCommand', '--create', '--topic', 'cut');
    await kafkaTool(`${TOOLS}.ProducerPerformance`, [
      ...['--topic', 'cut', '--num-records', '100', '--record-size', '10', '--throughput', '-1'],
      ...['--producer-props', `bootstrap.servers=${broker.brokers}`],
    ]);
    const file = join(folder, 'cut.json');
    await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic: 'cut', partition: 0, offset: 40 }] }));
    expect(await tool('DeleteRecordsCommand', '--offset-json-file', file)).toContain('low_watermark: 40');
    expect(await tool('GetOffsetShell', '--topic', 'cut', '--time', 'earliest')).toContain('cut:0:40');
  });

  it('verify that every record sent is received', async () => {
    await tool('TopicCommand', '--create', '--topic', 'verified', '--partitions', '2');
    const sent = await tool('VerifiableProducer', '--topic', 'verified', '--max-messages', '500', '--acks', '-1');
    expect(sent).toContain('"acked":500');
    const received = await tool(
      'VerifiableConsumer',
      '--topic',
      'verified',
      '--group-id',
      'verify',
      '--max-messages',
      '500',
      '--reset-policy',
      'earliest',
    );
    const counts = received
      .split('\n')
      .filter((line) => line.includes('"records_consumed"'))
      .map((line) => JSON.parse(line).count as number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
  });
});
