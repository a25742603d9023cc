import { ERROR_NUMBERS, errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { storedGroupId } from '../groups/empty-group.ts';
import type { KafkaHandler } from '../handler.ts';

/** Removes groups without members, with all they have committed. */
export function deleteGroupsHandler({ engine, classicGroups }: Gateway): KafkaHandler<'DeleteGroups'> {
  return async (_context, { groupsNames }) => ({ results: await Promise.all([...new Set(groupsNames)].map(one)) });

  async function one(asked: string) {
    return { groupId: asked, errorCode: await errorOf(storedGroupId(asked)) };
  }

  async function errorOf(groupId: string): Promise<number> {
    try {
      const owner = await engine.groups.coordinatorOf(groupId);
      if (owner !== engine.groups.settings.owner) return ERROR_NUMBERS.NOT_COORDINATOR;
      const known = await classicGroups.settled(groupId);
      if (known !== undefined && !known.idle) return ERROR_NUMBERS.NON_EMPTY_GROUP;
      await engine.groups.delete(groupId);
      classicGroups.forget(groupId);
      return KAFKA_ERROR.NONE;
    } catch (error) {
      return errorNumber(error);
    }
  }
}
