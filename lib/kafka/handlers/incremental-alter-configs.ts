import { StratalogError } from '../../core/errors.ts';
import { checkTopicConfigName, configText, TOPIC_CONFIG_RULES, type TopicConfigs } from '../../core/topic-config.ts';
import { alterEach } from '../alter-topic-configs.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { AlterableConfig } from '../messages/incremental-alter-configs.ts';

/** AlterConfigOp.OpType. */
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

/** Changes single settings of a topic: sets or resets them, adds to lists and takes from them (KIP-339). */
export function incrementalAlterConfigsHandler(gateway: Gateway): KafkaHandler<'IncrementalAlterConfigs'> {
  return async (_context, { resources, validateOnly }) => ({
    responses: await alterEach(gateway, resources, async ({ resourceName, configs }) => {
      const topic = await gateway.engine.topics.get(resourceName);
      await gateway.engine.topics.alter(resourceName, { ...changeOf(topic.configs, configs), validateOnly });
    }),
  });
}

function changeOf(current: TopicConfigs, operations: readonly AlterableConfig[]) {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  const seen = new Set<string>();
  for (const { name, configOperation, value } of operations) {
    if (seen.has(name)) throw refused('INVALID_REQUEST', name, 'there is more than one operation on it');
    seen.add(name);
    if (configOperation === DELETE) remove.push(name);
    else if (value === null) throw refused('INVALID_REQUEST', name, 'null is not supported as its value');
    else if (configOperation === SET) set[name] = value;
    else set[name] = listAfter(current, name, configOperation, value);
  }
  return { set, remove };
}

function listAfter(current: TopicConfigs, name: string, operation: number, value: string): string {
  if (operation !== APPEND && operation !== SUBTRACT) throw refused('INVALID_REQUEST', name, `operation ${operation} is unknown`);
  const known = checkTopicConfigName(name);
  const word = operation === APPEND ? 'APPEND' : 'SUBTRACT';
  if (TOPIC_CONFIG_RULES[known].type !== 'list') throw refused('INVALID_CONFIG', name, `${word} is only for lists`);
  const before = itemsOf(configText(current, known));
  const items = itemsOf(value);
  const after = operation === APPEND ? [...new Set([...before, ...items])] : before.filter((item) => !items.includes(item));
  return after.join(',');
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function refused(code: 'INVALID_REQUEST' | 'INVALID_CONFIG', name: string, why: string): StratalogError {
  return new StratalogError(code, `config ${name} cannot be altered: ${why}`, { field: name });
}
