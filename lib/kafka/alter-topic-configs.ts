import { StratalogError } from '../core/errors.ts';
import { RESOURCE } from './config-entries.ts';
import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from './error-numbers.ts';
import type { Gateway } from './gateway.ts';
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

/** Changes each resource once and answers for each; a resource that is named twice is refused. */
export async function alterEach<R extends Resource>(
  gateway: Gateway,
  resources: readonly R[],
  alterTopic: (resource: R) => Promise<void>,
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
      if (resourceType === RESOURCE.TOPIC) await alterTopic(resource);
      else refuseOther(gateway, resource);
      answers.push({ resourceType, resourceName, errorCode: KAFKA_ERROR.NONE, errorMessage: null });
    } catch (error) {
      answers.push({ resourceType, resourceName, errorCode: errorNumber(error), errorMessage: shownMessage(error) });
    }
  }
  return answers;
}

/** Gateways get their settings when they start; a client that changes one is told so instead of being ignored. */
function refuseOther(gateway: Gateway, { resourceType, resourceName }: Resource): never {
  if (resourceType === RESOURCE.BROKER || resourceType === RESOURCE.BROKER_LOGGER) {
    if (resourceName !== '') checkedNode(gateway, resourceName);
    throw new StratalogError('INVALID_REQUEST', 'settings of a gateway are given when it starts and cannot be changed while it runs', {
      field: 'resourceType',
      value: resourceType,
    });
  }
  throw new StratalogError('INVALID_REQUEST', `settings of resource type ${resourceType} cannot be changed`, {
    field: 'resourceType',
    value: resourceType,
  });
}
