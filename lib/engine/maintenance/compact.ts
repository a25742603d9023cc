import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';

export async function compact(_ports: MaintenancePorts, _run: Run, _owner: string): Promise<void> {}
