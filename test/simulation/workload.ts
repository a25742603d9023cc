/** What all clients of a run share. */
import type { Topic } from '../../lib/core/topic.ts';
import type { GroupWatch } from './group-faults.ts';
import type { Plan } from './plan.ts';
import type { Recorder } from './recorder.ts';

export interface Workload {
  readonly plan: Plan;
  readonly recorder: Recorder;
  readonly groupWatch: GroupWatch;
  readonly topic: string;
  readonly topicId: string;
  /** Takes one operation off the budget; false when it is used up. */
  take(): boolean;
  nextValue(): number;
  /** The stores' time. */
  nowMs(): number;
  /** The name of any process that can be asked, as a client finds it who lost his connection. */
  anyServer(): string | undefined;
  /** The topic that has a name now, read past the network: the truth that no client knows. */
  topicNow(name: string): Promise<Topic | undefined>;
}
