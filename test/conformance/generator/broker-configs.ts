/**
 * Writes lib/kafka/broker-config-table.ts from what a node of Apache Kafka answers about its settings: names, types, defaults, and which
 * can be changed while it runs.
 *
 *     npm run kafka:configs
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RawClient } from '../../unit/kafka/client.ts';
import { startApacheKafka } from '../apache-kafka/broker.ts';

const BROKER = 4;
/** DescribeConfigsResponse.ConfigSource of a default. */
const DEFAULT = 5;
/** DescribeConfigsResponse.ConfigType, by number. */
const TYPES = ['unknown', 'boolean', 'string', 'int', 'short', 'long', 'double', 'list', 'class', 'password'];

const root = resolve(import.meta.dirname, '../../..');
const file = join(root, 'lib/kafka/broker-config-table.ts');

async function rows(): Promise<readonly string[]> {
  const kafka = await startApacheKafka();
  const client = await RawClient.connect(kafka.port);
  try {
    const { results } = await client.call('DescribeConfigs', 4, {
      resources: [{ resourceType: BROKER, resourceName: '1', configurationKeys: null }],
      includeSynonyms: true,
    });
    const configs = [...(results[0]?.configs ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
    return configs.map(({ name, readOnly, configType = 0, configSource, value, synonyms = [] }) => {
      const byDefault = synonyms.find(({ source }) => source === DEFAULT)?.value ?? (configSource === DEFAULT ? value : null);
      return `  ${JSON.stringify([name, TYPES[configType], readOnly ? 'fixed' : 'dynamic', byDefault ?? null])},`;
    });
  } finally {
    client.close();
    await kafka.stop();
  }
}

const table = await rows();
const text = `/** Generated from a node of Apache Kafka by \`npm run kafka:configs\`: facts about its settings. Not edited. */

export type BrokerConfigType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password';

/** Name, type, whether a broker takes a change while it runs, and the default; null where there is none. */
export type BrokerConfigRow = readonly [name: string, type: BrokerConfigType, change: 'dynamic' | 'fixed', byDefault: string | null];

export const BROKER_CONFIG_TABLE: readonly BrokerConfigRow[] = [
${table.join('\n')}
];
`;
writeFileSync(file, text);
execFileSync(join(root, 'node_modules/.bin/biome'), ['check', '--write', file], { cwd: root, stdio: 'inherit' });
process.stdout.write(`wrote ${table.length} settings\n`);
