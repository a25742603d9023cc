import { isStratalogError } from '../../core/errors.ts';
import type { GroupView } from '../../core/groups/group-record.ts';
import type { Gateway } from '../gateway.ts';

/** The group's records; undefined when there is no such group. */
export async function storedGroup({ engine }: Pick<Gateway, 'engine'>, group: string): Promise<GroupView | undefined> {
  try {
    return await engine.groups.view(group);
  } catch (error) {
    if (isStratalogError(error, 'GROUP_ID_NOT_FOUND')) return undefined;
    throw error;
  }
}
