import { type GroupView, phaseOf } from '../../core/groups/group-record.ts';
import type { ClassicGroup } from './classic-group.ts';

/** Kafka's names of a group's types (KIP-848). */
export type GroupType = 'classic' | 'consumer';

/** A group keeps its type when all have left; one that was begun by a commit is classic, as in Kafka. */
export function groupTypeOf({ group }: GroupView): GroupType {
  return group.kind === 'consumer' ? 'consumer' : 'classic';
}

const CONSUMER_STATES = { empty: 'Empty', assigning: 'Assigning', reconciling: 'Reconciling', stable: 'Stable' } as const;

/** The state of a group in Kafka's words; of a classic one from memory where this gateway coordinates it. */
export function groupStateOf(view: GroupView | undefined, classic: ClassicGroup | undefined): string {
  if (classic !== undefined && !(classic.state === 'Empty' && view === undefined)) return classic.state;
  if (view === undefined) return 'Dead';
  if (view.members.size === 0) return 'Empty';
  return groupTypeOf(view) === 'classic' ? 'Stable' : CONSUMER_STATES[phaseOf(view)];
}
