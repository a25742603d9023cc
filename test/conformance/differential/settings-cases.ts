/** Settings that brokers and groups are given while they run: who takes which, what is shown of them, and what topics make of them. */
import { type Case, one } from './cases.ts';

const TOPIC = 2;
const BROKER = 4;
const GROUP = 32;
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;
type Operation = readonly [name: string, configOperation: number, value: string | null];

function change(title: string, resourceType: number, resourceName: string, ...operations: readonly Operation[]): Case {
  const configs = operations.map(([name, configOperation, value]) => ({ name, configOperation, value }));
  return one(title, 'IncrementalAlterConfigs', 1, { resources: [{ resourceType, resourceName, configs }] });
}

function replace(title: string, resourceType: number, resourceName: string, configs: Readonly<Record<string, string | null>>): Case {
  const asked = Object.entries(configs).map(([name, value]) => ({ name, value }));
  return one(title, 'AlterConfigs', 2, { resources: [{ resourceType, resourceName, configs: asked }] });
}

/** What is shown once the first of the settings has the value: brokers hear of a change a moment later. */
function shown(
  title: string,
  resourceType: number,
  resourceName: string,
  configurationKeys: readonly string[],
  value?: string | null,
): Case {
  return one(
    title,
    'DescribeConfigs',
    4,
    { resources: [{ resourceType, resourceName, configurationKeys }], includeSynonyms: true },
    { until: ({ results }) => results[0]?.configs.find(({ name }) => name === configurationKeys[0])?.value === value },
  );
}

const ALL = ['log.retention.ms', 'log.cleanup.policy', 'message.max.bytes', 'background.threads', 'no.such'];

export const SETTINGS_CASES: readonly Case[] = [
  change('give settings to all brokers', BROKER, '', ['log.retention.ms', SET, '1000000'], ['log.cleanup.policy', APPEND, 'compact']),
  change('give another to all brokers', BROKER, '', ['message.max.bytes', SET, '2000000']),
  shown('what was given to all brokers', BROKER, '', ['message.max.bytes', ...ALL], '2000000'),
  change('give settings to one broker', BROKER, '1', ['log.retention.ms', SET, '2000000'], ['background.threads', SET, '9']),
  change('give it one of logins', BROKER, '1', ['sasl.kerberos.min.time.before.relogin', SET, '58000']),
  shown('what a broker shows of it', BROKER, '1', ['sasl.kerberos.min.time.before.relogin', ...ALL, 'log.retention.hours'], '58000'),
  shown('what a topic shows of it', TOPIC, 'a-two', ['retention.ms', 'cleanup.policy', 'max.message.bytes', 'segment.ms'], '2000000'),
  change('give topics another span', BROKER, '', ['log.roll.ms', SET, '70000000']),
  shown('the span of a topic', TOPIC, 'a-two', ['segment.ms'], '70000000'),
  change('a fixed setting for one', BROKER, '1', ['node.id', SET, '9']),
  change('a fixed setting for one goes back to its default', BROKER, '1', ['node.id', DELETE, null]),
  change('a fixed setting for all', BROKER, '', ['num.partitions', SET, '9']),
  change('hours where a broker takes milliseconds', BROKER, '1', ['log.retention.hours', SET, '5']),
  change('an unknown setting for all', BROKER, '', ['no.such', SET, '9']),
  shown('nothing is shown of the value of an unknown one but its name', BROKER, '', ['no.such', 'message.max.bytes'], null),
  change('a setting of logins for all', BROKER, '', ['sasl.kerberos.min.time.before.relogin', SET, '5']),
  change('a setting of encryption', BROKER, '1', ['ssl.keystore.password', SET, 'x']),
  change('a setting of encryption for all', BROKER, '', ['ssl.keystore.password', SET, 'x']),
  change('no number', BROKER, '1', ['background.threads', SET, 'abc']),
  change('too small a number', BROKER, '1', ['background.threads', SET, '0']),
  change('a negative number of connections', BROKER, '1', ['max.connections', SET, '-5']),
  change('no value', BROKER, '1', ['background.threads', SET, null]),
  change('something more where there is no list', BROKER, '1', ['background.threads', APPEND, '3']),
  change('something less where there is no list', BROKER, '1', ['background.threads', SUBTRACT, '3']),
  change('no such operation', BROKER, '1', ['background.threads', 7, '3']),
  change('no such policy', BROKER, '1', ['log.cleanup.policy', SET, 'foo']),
  change('the same setting twice', BROKER, '1', ['background.threads', SET, '9'], ['background.threads', SET, '8']),
  change('a broker that is no number', BROKER, 'x', ['background.threads', SET, '9']),
  change('a list of one broker without its default', BROKER, '1', ['log.cleanup.policy', SUBTRACT, 'delete']),
  shown('a list without anything', BROKER, '1', ['log.cleanup.policy'], ''),
  change('a list of one broker with something more', BROKER, '1', ['log.cleanup.policy', APPEND, 'compact']),
  shown('a list with something more', BROKER, '1', ['log.cleanup.policy'], 'compact'),
  replace('replace all that one broker was given', BROKER, '1', { 'background.threads': '8' }),
  shown('what is left to one broker', BROKER, '1', ['background.threads', ...ALL], '8'),
  replace('replace by a fixed setting', BROKER, '1', { 'node.id': '8' }),
  replace('replace by nothing there is', BROKER, '1', { 'background.threads': null }),
  replace('replace what a broker has that is not there', BROKER, '77', { 'background.threads': '8' }),
  replace('take from one broker all that it was given', BROKER, '1', {}),
  shown('a broker that was given nothing', BROKER, '1', ['background.threads'], '10'),
  change(
    'take from all brokers what they were given',
    BROKER,
    '',
    ...['log.retention.ms', 'log.cleanup.policy', 'message.max.bytes', 'log.roll.ms', 'no.such'].map(
      (name): Operation => [name, DELETE, null],
    ),
  ),
  shown('nothing is given to all brokers', BROKER, '', ['message.max.bytes', ...ALL]),
  shown('a topic without defaults of its brokers', TOPIC, 'a-two', ['max.message.bytes', 'cleanup.policy', 'retention.ms'], '1048588'),
  change('give a group its session', GROUP, 's-given', ['consumer.session.timeout.ms', SET, '50000']),
  shown('what a group was given', GROUP, 's-given', ['consumer.session.timeout.ms', 'consumer.heartbeat.interval.ms'], '50000'),
  one(
    'groups that have settings',
    'ListConfigResources',
    1,
    { resourceTypes: [GROUP] },
    { until: ({ configResources }) => configResources.some(({ resourceName }) => resourceName === 's-given') },
  ),
  change('too short a session', GROUP, 's-given', ['consumer.session.timeout.ms', SET, '5']),
  change('too long a session', GROUP, 's-given', ['consumer.session.timeout.ms', SET, '500000']),
  change('too seldom a heartbeat', GROUP, 's-given', ['consumer.heartbeat.interval.ms', SET, '60000']),
  change('a setting that no group has', GROUP, 's-given', ['consumer.foo', SET, '50000']),
  change('a setting of a group is no list', GROUP, 's-given', ['consumer.session.timeout.ms', APPEND, '1']),
  change('settings of no group', GROUP, '', ['consumer.session.timeout.ms', SET, '50000']),
  one('what no group was given', 'DescribeConfigs', 4, { resources: [{ resourceType: GROUP, resourceName: '', configurationKeys: null }] }),
  replace('replace what a group was given', GROUP, 's-given', { 'consumer.session.timeout.ms': '51000' }),
  shown('what a group was given instead', GROUP, 's-given', ['consumer.session.timeout.ms'], '51000'),
  replace('take from a group what it was given', GROUP, 's-given', {}),
  shown('a group that was given nothing', GROUP, 's-given', ['consumer.session.timeout.ms'], '45000'),
];
