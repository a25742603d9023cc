import { StratalogError } from '../../core/errors.ts';
import { alterEach } from '../alter-topic-configs.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/** Replaces all settings of a topic by those given: what is not named goes back to its default. */
export function alterConfigsHandler(gateway: Gateway): KafkaHandler<'AlterConfigs'> {
  return async (_context, { resources, validateOnly }) => ({
    responses: await alterEach(gateway, resources, async ({ resourceName, configs }) => {
      const set: Record<string, string> = {};
      for (const { name, value } of configs) {
        if (value === null) {
          throw new StratalogError('INVALID_REQUEST', `Null value not supported for : ${name}`, { field: name, value: null });
        }
        set[name] = value;
      }
      const topic = await gateway.engine.topics.get(resourceName);
      const remove = Object.keys(topic.configs).filter((name) => !Object.hasOwn(set, name));
      await gateway.engine.topics.alter(resourceName, { set, remove, validateOnly });
    }),
  });
}
