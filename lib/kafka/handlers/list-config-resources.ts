import { RESOURCE } from '../config-entries.ts';
import { KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';
import type { ConfigResource } from '../messages/list-config-resources.ts';

const KNOWN: ReadonlySet<number> = new Set(Object.values(RESOURCE));

/** Lists what has settings. Version 0 asks for the client metrics alone, of which there are none. */
export function listConfigResourcesHandler({ engine, cluster }: Gateway): KafkaHandler<'ListConfigResources'> {
  return async (_context, { resourceTypes }, version) => {
    if (version === 0) return { errorCode: KAFKA_ERROR.NONE, configResources: [] };
    const wanted = new Set(resourceTypes.length === 0 ? KNOWN : resourceTypes);
    if ([...wanted].some((type) => !KNOWN.has(type))) return { errorCode: KAFKA_ERROR.UNSUPPORTED_VERSION, configResources: [] };
    const configResources: ConfigResource[] = [];
    if (wanted.has(RESOURCE.TOPIC)) {
      for (const { name } of await engine.topics.list()) configResources.push({ resourceName: name, resourceType: RESOURCE.TOPIC });
    }
    for (const type of [RESOURCE.BROKER, RESOURCE.BROKER_LOGGER]) {
      if (!wanted.has(type)) continue;
      for (const { id } of cluster.nodes()) configResources.push({ resourceName: String(id), resourceType: type });
    }
    if (wanted.has(RESOURCE.GROUP)) {
      for (const name of await engine.topics.groupsWithSettings())
        configResources.push({ resourceName: name, resourceType: RESOURCE.GROUP });
    }
    return { errorCode: KAFKA_ERROR.NONE, configResources };
  };
}
