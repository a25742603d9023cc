import { StratalogError } from '../../core/errors.ts';
import { givenConfigs } from '../../core/topic.ts';
import { brokerConfigEntries, dynamicDefaultEntries } from '../broker-configs.ts';
import { type ConfigEntry, type DynamicConfigs, RESOURCE, topicConfigEntries } from '../config-entries.ts';
import { errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { groupConfigEntries } from '../group-configs.ts';
import type { KafkaHandler } from '../handler.ts';
import type { DescribeConfigsResource, DescribeConfigsResult } from '../messages/describe-configs.ts';
import { shownMessage } from '../shown-message.ts';

/** Describes the settings of topics, of gateways and of groups, with where each value comes from. */
export function describeConfigsHandler(gateway: Gateway): KafkaHandler<'DescribeConfigs'> {
  return async (_context, request) => {
    const one = async (resource: DescribeConfigsResource): Promise<DescribeConfigsResult> => {
      const { resourceType, resourceName, configurationKeys } = resource;
      try {
        const entries = await entriesOf(gateway, resource);
        const asked = configurationKeys === null || configurationKeys.length === 0 ? entries : only(entries, configurationKeys);
        const configs = asked.map((entry) => shown(entry, request.includeSynonyms, request.includeDocumentation));
        return { errorCode: KAFKA_ERROR.NONE, errorMessage: null, resourceType, resourceName, configs };
      } catch (error) {
        return { errorCode: errorNumber(error), errorMessage: shownMessage(error), resourceType, resourceName, configs: [] };
      }
    };
    return { results: await Promise.all(request.resources.map(one)) };
  };
}

async function entriesOf(gateway: Gateway, { resourceType, resourceName }: DescribeConfigsResource): Promise<readonly ConfigEntry[]> {
  const { topics } = gateway.engine;
  switch (resourceType) {
    case RESOURCE.TOPIC:
      return topicConfigEntries(givenConfigs(await topics.get(resourceName)), await dynamicConfigs(gateway, gateway.cluster.self().id));
    case RESOURCE.BROKER: {
      // Without a name the settings that were given to all brokers while they ran are asked for.
      if (resourceName === '') return dynamicDefaultEntries(await topics.settingsOf('gateways'));
      const node = checkedNode(gateway, resourceName);
      return brokerConfigEntries(gateway, node, await dynamicConfigs(gateway, node.id));
    }
    case RESOURCE.BROKER_LOGGER:
      checkedNode(gateway, resourceName);
      return [];
    case RESOURCE.CLIENT_METRICS:
      return [];
    case RESOURCE.GROUP:
      if (resourceName === '') throw new StratalogError('INVALID_REQUEST', 'Group name must not be empty', { field: 'resourceName' });
      return groupConfigEntries(await topics.settingsOf(`group/${resourceName}`));
    default:
      throw new StratalogError('INVALID_REQUEST', `Unsupported resource type: ${resourceType}`, {
        field: 'resourceType',
        value: resourceType,
      });
  }
}

/** What was given to a gateway and to all of them while they ran. */
export async function dynamicConfigs({ engine }: Gateway, node: number): Promise<DynamicConfigs> {
  return { own: await engine.topics.settingsOf(`gateway/${node}`), all: await engine.topics.settingsOf('gateways') };
}

/** Any gateway answers for any other: what was given to them is kept where all see it. */
export function checkedNode({ cluster }: Gateway, resourceName: string) {
  const node = cluster.nodes().find(({ id }) => String(id) === resourceName);
  if (node !== undefined) return node;
  throw new StratalogError('INVALID_REQUEST', `there is no broker '${resourceName.slice(0, 80)}'`, {
    field: 'resourceName',
    value: resourceName.slice(0, 80),
  });
}

function only(entries: readonly ConfigEntry[], keys: readonly string[]): readonly ConfigEntry[] {
  const wanted = new Set(keys);
  return entries.filter(({ name }) => wanted.has(name));
}

function shown(entry: ConfigEntry, synonyms: boolean, documentation: boolean) {
  return { ...entry, synonyms: synonyms ? entry.synonyms : [], documentation: documentation ? entry.documentation : null };
}
