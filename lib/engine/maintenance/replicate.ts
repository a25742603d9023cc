import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

export interface ReplicationState {
  cursor: string | undefined;
  underReplicated: Set<string>;
}

export async function replicate(_ports: MaintenancePorts, _run: Run, _state: ReplicationState): Promise<void> {}
