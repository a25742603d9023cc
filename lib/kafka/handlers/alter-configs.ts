import { StratalogError } from '../../core/errors.ts';
import { alterEach } from '../alter-resources.ts';
import type { Gateway } from '../gateway.ts';
import type { KafkaHandler } from '../handler.ts';

/** Replaces all settings of a topic, of gateways or of a group by those given: what is not named goes back to its default. */
export function alterConfigsHandler(gateway: Gateway): KafkaHandler<'AlterConfigs'> {
  return async (_context, request) => ({
    responses: await alterEach(gateway, request, ({ configs }, { given }) => {
      const set: Record<string, string> = {};
      for (const { name, value } of configs) {
        if (value === null) {
          throw new StratalogError('INVALID_REQUEST', `Null value not supported for : ${name}`, { field: name, value: null });
        }
        set[name] = value;
      }
      return { set, remove: Object.keys(given).filter((name) => !Object.hasOwn(set, name)) };
    }),
  });
}
