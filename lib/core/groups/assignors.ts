/** The assignors by the name a member asks for. */
import type { Assignor } from './assignor.ts';
import type { AssignorName } from './group-record.ts';
import { assignRange } from './range-assignor.ts';
import { assignRoundRobin } from './round-robin-assignor.ts';
import { assignUniform } from './uniform-assignor.ts';

export const ASSIGNORS: Readonly<Record<AssignorName, Assignor>> = {
  uniform: assignUniform,
  range: assignRange,
  roundrobin: assignRoundRobin,
};
