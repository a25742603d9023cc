import { errorNumber, KAFKA_ERROR } from '../error-numbers.ts';
import type { Gateway } from '../gateway.ts';
import { shownGroupId } from '../groups/empty-group.ts';
import { storedGroup } from '../groups/group-kind.ts';
import { groupStateOf, groupTypeOf } from '../groups/group-state.ts';
import type { KafkaHandler } from '../handler.ts';

const CONSUMER = 'consumer';
const PAGE = 1_000;

/** Lists groups, of the states and types asked for. A gateway tells of all groups, also of those that others coordinate. */
export function listGroupsHandler(gateway: Gateway): KafkaHandler<'ListGroups'> {
  const { engine, classicGroups } = gateway;
  return async (_context, { statesFilter, typesFilter }) => {
    const states = new Set(statesFilter.map((state) => state.toLowerCase()));
    const types = new Set(typesFilter.map((type) => type.toLowerCase()));
    const groups = [];
    try {
      for (let after: string | undefined; ; ) {
        const page = await engine.groups.list(after, PAGE);
        for (const { group } of page) {
          const described = await describe(group);
          if (described === undefined) continue;
          const wanted =
            (states.size === 0 || states.has(described.groupState.toLowerCase())) && (types.size === 0 || types.has(described.groupType));
          if (wanted) groups.push(described);
        }
        after = page.at(-1)?.group;
        if (page.length < PAGE) return { errorCode: KAFKA_ERROR.NONE, groups };
      }
    } catch (error) {
      return { errorCode: errorNumber(error), groups: [] };
    }
  };

  async function describe(groupId: string) {
    const view = await storedGroup(gateway, groupId);
    if (view === undefined) return undefined;
    const classic = classicGroups.known(groupId);
    const groupType = classic === undefined ? groupTypeOf(view) : 'classic';
    // A group that only ever committed has no protocol; one of consumers keeps its own when all have left.
    const protocolType = groupType === CONSUMER ? CONSUMER : (classic?.protocolType ?? view.group.classic?.protocolType ?? '');
    return { groupId: shownGroupId(groupId), protocolType, groupState: groupStateOf(view, classic), groupType };
  }
}
