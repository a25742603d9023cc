/** How the log looks after itself, and a job run by hand. */
import { z } from 'zod';
import { StratalogError } from '../../core/errors.ts';
import type { Maintenance } from '../../engine/maintenance/maintenance.ts';
import { isJobName, JOB_NAMES } from '../../engine/maintenance/run.ts';
import type { Route } from '../route.ts';

const counts = z.record(z.string(), z.number());
const report = z
  .object({
    job: z.enum(JOB_NAMES),
    did: counts.describe('What was done, by what it is; in a dry run what would have been done.'),
    bytes: z.number().describe('Bytes read to be rewritten, copied or checked.'),
    requests: counts.describe('Requests to the stores by kind.'),
    lagMs: z.number().describe('How far behind the job is: how long what is left has waited, or how late it came for what was due.'),
    complete: z.boolean().describe('False when the run ended at a bound.'),
    dryRun: z.boolean(),
    startedAtMs: z.number(),
    durationMs: z.number(),
    errors: z.array(z.string()),
  })
  .meta({ id: 'MaintenanceReport' });
const status = z
  .object({
    jobs: z.array(report).describe('The newest run of each job in this process.'),
    running: z.array(z.enum(JOB_NAMES)),
    retired: z.number().describe('Objects that nothing names, waiting to be deleted.'),
    underReplicated: z.array(z.string()).describe('Partitions with objects that a zone misses, as topic id/partition.'),
    zonesDown: z.array(z.string()).describe('Zones that did not answer when a job last asked them.'),
  })
  .meta({ id: 'MaintenanceStatus' });
const query = z.strictObject({
  topic: z.string().min(1).optional().describe('Only this topic.'),
  dryRun: z.enum(['true', 'false']).optional().describe('Looks and counts, and changes nothing.'),
});

const repairQuery = z.strictObject({
  topic: z.string().min(1),
  partition: z.coerce.number().int().min(0).optional().describe('Default all.'),
  apply: z.enum(['true', 'false']).optional().describe('Marks what is lost; without it nothing is changed.'),
  read: z.enum(['true', 'false']).optional().describe('Reads every byte, to find what is there and damaged.'),
  withoutZones: z.string().optional().describe('Names of zones that are gone for good, with commas between.'),
});
const repairReport = z
  .object({
    lost: z.array(
      z.object({
        topic: z.string(),
        partition: z.number(),
        firstOffset: z.number(),
        endOffset: z.number().describe('The first offset after the range.'),
        records: z.number(),
        bytes: z.number(),
        object: z.string(),
        state: z.enum(['missing', 'damaged', 'marked', 'marked earlier', 'kept']),
      }),
    ),
    complete: z.boolean(),
    errors: z.array(z.string()),
  })
  .meta({ id: 'RepairReport' });

/** A request answers after this long with what was done until then; asking again goes on. Clients give up after 30 s. */
const RUN_MS_MAX = 20_000;

/** The routes over the jobs of this process. */
export function maintenanceRoutes(maintenance: Maintenance): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/maintenance',
      operation: 'getMaintenance',
      summary: 'How the jobs stand.',
      answers: { 200: { description: 'The newest run of each job.', content: { 'application/json': status } } },
      handle: (call) => call.answer(maintenance.status()),
    },
    {
      method: 'POST',
      path: '/v1/maintenance/repair',
      operation: 'repairTopic',
      summary: 'Finds records of a topic that no zone has any more, and marks their offsets as gone when asked to.',
      query: repairQuery,
      answers: { 200: { description: 'What is lost.', content: { 'application/json': repairReport } } },
      async handle(call) {
        const { topic, partition, apply, read, withoutZones } = call.query(repairQuery);
        const signal = AbortSignal.any([call.signal, AbortSignal.timeout(RUN_MS_MAX)]);
        const zones = withoutZones?.split(',').filter((name) => name !== '');
        return call.answer(
          await maintenance.repair({ topic, partition, apply: apply === 'true', read: read === 'true', withoutZones: zones, signal }),
        );
      },
    },
    {
      method: 'POST',
      path: '/v1/maintenance/{job}',
      operation: 'runMaintenance',
      summary: 'Runs a job over all partitions and answers what it did.',
      query,
      answers: { 200: { description: 'What it did.', content: { 'application/json': report } } },
      async handle(call) {
        const job = call.param('job');
        const { topic, dryRun } = call.query(query);
        if (!isJobName(job)) {
          throw new StratalogError('INVALID_REQUEST', `there is no job '${job.slice(0, 80)}', there are ${JOB_NAMES.join(', ')}`, {
            field: 'job',
            value: job.slice(0, 80),
          });
        }
        const signal = AbortSignal.any([call.signal, AbortSignal.timeout(RUN_MS_MAX)]);
        return call.answer(await maintenance.run(job, { all: true, anew: true, dryRun: dryRun === 'true', signal, topic }));
      },
    },
  ];
}
