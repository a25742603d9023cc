import { isStratalogError } from '../../core/errors.ts';
import type { ClassicCoordinator } from './classic-coordinator.ts';
import type { ClassicGroup } from './classic-group.ts';
import { LED_BY_MEMBERS, type MixedGroups } from './mixed-groups.ts';

/**
 * Does what a member of the classic protocol asks: in the classic group that its members lead, or in the consumer group that they are in
 * with others. A group may go from one to the other at any time, so the second is asked when the first says that it is not there.
 * Errors of `ClassicCoordinator.run`.
 */
export async function askGroup<Answer>(
  { classicGroups, mixedGroups }: { readonly classicGroups: ClassicCoordinator; readonly mixedGroups: MixedGroups },
  name: string,
  classic: (group: ClassicGroup, now: number) => Answer,
  mixed: (groups: MixedGroups) => Promise<Answer | typeof LED_BY_MEMBERS>,
): Promise<Answer> {
  for (;;) {
    try {
      return await classicGroups.run(name, classic);
    } catch (error) {
      if (!isStratalogError(error, 'INCONSISTENT_GROUP_PROTOCOL')) throw error;
    }
    const answer = await mixed(mixedGroups);
    if (answer !== LED_BY_MEMBERS) return answer;
  }
}
