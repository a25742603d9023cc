import { StratalogError } from '../core/errors.ts';
import { givenConfigs } from '../core/topic.ts';
import { checkTopicConfigName, configText, TOPIC_CONFIG_RULES } from '../core/topic-config.ts';
import type { Settings, SettingsOwner } from '../engine/kept-settings.ts';
import { BROKER_CONFIG_TABLE } from './broker-config-table.ts';
import { RESOURCE } from './config-entries.ts';
import { brokerRule, checkBrokerConfigs } from './dynamic-configs.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from './error-numbers.ts';
import type { Gateway } from './gateway.ts';
import { checkGroupConfigs } from './group-configs.ts';
import { checkedNode } from './handlers/describe-configs.ts';
import { shownMessage } from './shown-message.ts';

interface Resource {
  readonly resourceType: number;
  readonly resourceName: string;
}

export interface ResourceAnswer extends Resource {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

/** The settings of a resource before a change. */
export interface SettingsBefore {
  /** What was given to it. */
  readonly given: Settings;
  /** What a list is added to or taken from; INVALID_CONFIG when the setting is none. */
  listOf(name: string, operation: string): string;
}

export interface SettingsChange {
  readonly set: Settings;
  /** Settings that go back to their defaults. */
  readonly remove: readonly string[];
}

/** Changes each resource once and answers for each; a resource that is named twice is refused. */
export async function alterEach<R extends Resource>(
  gateway: Gateway,
  { resources, validateOnly }: { readonly resources: readonly R[]; readonly validateOnly: boolean },
  changeOf: (resource: R, before: SettingsBefore) => SettingsChange,
): Promise<readonly ResourceAnswer[]> {
  const answers: ResourceAnswer[] = [];
  for (const resource of resources) {
    const { resourceType, resourceName } = resource;
    const same = ({ resourceType: type, resourceName: name }: Resource) => type === resourceType && name === resourceName;
    if (resources.filter(same).length > 1) {
      if (answers.some(same)) continue;
      const errorMessage = 'Each resource must appear at most once.';
      answers.push({ resourceType, resourceName, errorCode: ERROR_NUMBERS.INVALID_REQUEST, errorMessage });
      continue;
    }
    try {
      await alter(gateway, resource, validateOnly, (before) => changeOf(resource, before));
      answers.push({ resourceType, resourceName, errorCode: KAFKA_ERROR.NONE, errorMessage: null });
    } catch (error) {
      answers.push({ resourceType, resourceName, errorCode: errorNumber(error), errorMessage: shownMessage(error) });
    }
  }
  return answers;
}

async function alter(
  gateway: Gateway,
  { resourceType, resourceName }: Resource,
  validateOnly: boolean,
  changeOf: (before: SettingsBefore) => SettingsChange,
): Promise<void> {
  const { topics } = gateway.engine;
  switch (resourceType) {
    case RESOURCE.TOPIC: {
      const topic = await topics.get(resourceName);
      const change = changeOf({ given: givenConfigs(topic), listOf: (name, operation) => topicList(topic.configs, name, operation) });
      await topics.alter(resourceName, { ...change, validateOnly });
      return;
    }
    case RESOURCE.BROKER: {
      const owner: SettingsOwner = resourceName === '' ? 'gateways' : `gateway/${checkedNode(gateway, resourceName).id}`;
      return alterKept(gateway, owner, validateOnly, (given) => {
        const change = changeOf({ given, listOf: (name, operation) => brokerList(given, name, operation) });
        checkBrokerConfigs(change.set, resourceName === '' ? 'all' : 'one');
        return change;
      });
    }
    case RESOURCE.GROUP:
      if (resourceName === '') throw refused('INVALID_REQUEST', 'resourceName', 'Default group resources are not allowed.');
      return alterKept(gateway, `group/${resourceName}`, validateOnly, (given) => {
        const change = changeOf({ given, listOf: notAList });
        checkGroupConfigs(change.set);
        return change;
      });
    case RESOURCE.BROKER_LOGGER:
      checkedNode(gateway, resourceName);
      throw refused('INVALID_CONFIG', 'resourceName', 'a gateway has no loggers of their own; its log level is given when it starts');
    default:
      throw refused('INVALID_REQUEST', 'resourceType', `settings of resource type ${resourceType} cannot be changed`);
  }
}

async function alterKept(
  { engine }: Gateway,
  owner: SettingsOwner,
  validateOnly: boolean,
  changeOf: (given: Settings) => SettingsChange,
): Promise<void> {
  const change = (given: Settings) => {
    const { set, remove } = changeOf(given);
    const kept = Object.entries({ ...given, ...set }).filter(([name]) => Object.hasOwn(set, name) || !remove.includes(name));
    return Object.fromEntries(kept);
  };
  if (validateOnly) change(await engine.topics.settingsOf(owner));
  else await engine.topics.changeSettings(owner, change);
}

function topicList(configs: Settings, name: string, operation: string): string {
  const known = checkTopicConfigName(name);
  return TOPIC_CONFIG_RULES[known].type === 'list' ? configText(configs, known) : notAList(name, operation);
}

function brokerList(given: Settings, name: string, operation: string): string {
  if (brokerRule(name)?.type !== 'list') return notAList(name, operation);
  const byDefault = BROKER_CONFIG_TABLE.find(([listed]) => listed === name)?.[3];
  return given[name] ?? byDefault ?? '';
}

function notAList(name: string, operation: string): never {
  throw refused('INVALID_CONFIG', name, `config ${name} cannot be altered: ${operation} is only for lists`);
}

function refused(code: 'INVALID_REQUEST' | 'INVALID_CONFIG', field: string, message: string): StratalogError {
  return new StratalogError(code, message, { field });
}
