import { StratalogError } from '../../core/errors.ts';
import { FLOOR_LAG_MS } from '../../core/limits.ts';
import { unknownPartition } from '../../core/topic.ts';
import type { WorkStore } from '../../ports/work-store.ts';
import type { Engine } from '../engine.ts';
import { SegmentStorage } from '../segment-storage.ts';
import { compact } from './compact.ts';
import { Coverage } from './coverage.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import { merge } from './merge.ts';
import { RequestMeter } from './metered-ports.ts';
import { QuietPartitions } from './quiet-partitions.ts';
import { ReadRoom } from './read-room.ts';
import { type LostRange, type RepairRequest, repair } from './repair.ts';
import { type ReplicationState, replicate } from './replicate.ts';
import { retain } from './retain.ts';
import { RetiredObjects } from './retired-objects.ts';
import { JOB_NAMES, type JobName, type JobReport, type JobRequest, Run } from './run.ts';
import { MAINTENANCE_DEFAULTS, type MaintenanceSettings } from './settings.ts';
import { StoreTime } from './store-time.ts';
import { newSweepState, sweep } from './sweep.ts';
import { ZoneHealth } from './zone-health.ts';

export interface MaintenanceOptions {
  /** Work leases and marks; default those of the engine. Without any, every run looks at all partitions. */
  readonly work?: WorkStore | undefined;
  readonly settings?: Partial<MaintenanceSettings> | undefined;
  /** Who takes work leases; default a random name. */
  readonly owner?: string | undefined;
  /**
   * Whether a sweep waits until what it found may be deleted (default). A process that stays deletes it at its next sweep
   * instead, and does not wait.
   */
  readonly sweepWaits?: boolean | undefined;
  /**
   * Whether merge reads into the same memory again and again. Only where a put has let go of its bytes when it resolves: one
   * zone, without second requests. Default false.
   */
  readonly reusesMemory?: boolean | undefined;
  /** Whether producers or readers wait for this process now: then a job that is not behind works a fifth of the time. Default never. */
  readonly isBusy?: (() => boolean) | undefined;
}

/** How maintenance stands, as seen from this process. */
export interface MaintenanceStatus {
  /** The newest report of each job that ran here. */
  readonly jobs: readonly JobReport[];
  readonly running: readonly JobName[];
  /** Objects that nothing names, waiting to be deleted. */
  readonly retired: number;
  /** Partitions with objects that a zone misses, by `<topicId>/<partition>`, as the newest replication left them. */
  readonly underReplicated: readonly string[];
  /** Zones that did not answer when a job last asked them; sweep and replication come back to them. */
  readonly zonesDown: readonly string[];
}

/** The jobs over one engine's stores. Any number of them may run at any time, in any number of processes. */
export interface Maintenance {
  /** Runs a job once, within its bounds. Runs of one job in one process wait for each other. */
  run(job: JobName, request?: JobRequest): Promise<JobReport>;
  status(): MaintenanceStatus;
  /**
   * Finds records of a topic that no zone has any more, and marks their offsets as gone if `apply` is set. INVALID_REQUEST for
   * zones that are not there, UNKNOWN_TOPIC_OR_PARTITION.
   */
  repair(request: RepairRequest): Promise<RepairReport>;
}

export interface RepairReport {
  readonly lost: readonly LostRange[];
  /** False when it ended at a bound, or something could not be looked at. */
  readonly complete: boolean;
  readonly errors: readonly string[];
}

/** Deleting sooner could meet a reader that is still on its way to the object. */
const DELETE_DELAY_MS_MIN = 60_000;
/** What merge reads beside what it wants: a segment is read whole where most of it is wanted. */
const ROOM_SPARE_BYTES = 16 * 1024 * 1024;

/** Builds the jobs over an engine. INVALID_CONFIG for settings that would take objects away from under readers and writers. */
export function createMaintenance(engine: Engine, options: MaintenanceOptions = {}): Maintenance {
  const settings: MaintenanceSettings = Object.freeze({ ...MAINTENANCE_DEFAULTS, ...options.settings });
  checkAtLeast('sweepAgeMs', settings.sweepAgeMs, FLOOR_LAG_MS);
  checkAtLeast('deleteDelayMs', settings.deleteDelayMs, DELETE_DELAY_MS_MIN);
  const meter = new RequestMeter();
  const ports = portsOf(engine, options, settings, meter);
  const owner = options.owner ?? Buffer.from(ports.random.bytes(8)).toString('hex');
  const swept = newSweepState();
  const replication: ReplicationState = { cursor: undefined, underReplicated: new Set() };
  const last = new Map<JobName, JobReport>();
  const lastAt = new Map<JobName, number>();
  const running = new Map<JobName, Promise<JobReport>>();

  const steps: Record<JobName, (run: Run) => Promise<void>> = {
    retain: (run) => retain(ports, run),
    merge: (run) => merge(ports, run, owner),
    compact: (run) => compact(ports, run, owner),
    async replicate(run) {
      // Where others write too, what this process has seen tells nothing.
      const changes = engine.settings.soleWriter ? engine.storage.changes + ports.storage.changes : undefined;
      await replicate(ports, run, replication, changes);
      engine.underReplicated = replication.underReplicated;
    },
    // A look that changes nothing must not count as the one that was due.
    sweep: (run) => sweep(ports, run, run.dryRun ? newSweepState() : swept, { waits: options.sweepWaits ?? true }),
  };

  const runOnce = async (job: JobName, request: JobRequest): Promise<JobReport> => {
    const run = new Run(
      job,
      request,
      { clock: ports.clock, telemetry: ports.telemetry, settings, isBusy: options.isBusy },
      lastAt.get(job),
    );
    if (request.dryRun !== true) lastAt.set(job, ports.clock.monotonic());
    const before = meter.counts;
    try {
      await steps[job](run);
    } catch (error) {
      run.failed(job, error);
      if (error instanceof StratalogError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION' && request.topic !== undefined) throw error;
    }
    const report = run.report(meter.since(before));
    tell(ports, report);
    if (!report.dryRun) last.set(job, report);
    return report;
  };

  return {
    run(job, request = {}) {
      const before = running.get(job);
      const report = (before ?? Promise.resolve()).then(
        () => runOnce(job, request),
        () => runOnce(job, request),
      );
      running.set(job, report);
      const ended = () => {
        if (running.get(job) === report) running.delete(job);
      };
      report.then(ended, ended);
      return report;
    },
    async repair(request) {
      checkZones(ports, request);
      const run = new Run(
        'replicate',
        { topic: request.topic, signal: request.signal },
        { clock: ports.clock, telemetry: ports.telemetry, settings },
      );
      const topic = await ports.topics.get(request.topic);
      if ((request.partition ?? 0) >= topic.partitions) throw unknownPartition(topic.name, request.partition);
      const lost = await repair(ports, run, request);
      const { complete, errors } = run.report(meter.since(meter.counts));
      return { lost, complete, errors };
    },
    status: () => ({
      jobs: JOB_NAMES.flatMap((job) => last.get(job) ?? []),
      running: [...running.keys()],
      retired: ports.retired.size,
      underReplicated: [...replication.underReplicated].sort(),
      zonesDown: ports.zoneHealth.down,
    }),
  };
}

function checkZones({ zones }: MaintenancePorts, { withoutZones = [] }: RepairRequest): void {
  const unknown = withoutZones.find((name) => !zones.some((zone) => zone.name === name));
  if (unknown === undefined) return;
  const names = zones.map((zone) => zone.name).join(', ');
  throw new StratalogError('INVALID_REQUEST', `there is no zone '${unknown}', there are ${names}`, {
    field: 'withoutZone',
    value: unknown,
  });
}

function portsOf(engine: Engine, options: MaintenanceOptions, settings: MaintenanceSettings, meter: RequestMeter): MaintenancePorts {
  const { clock, random, telemetry, topics: topicStore } = engine.deps;
  const zones = engine.deps.zones.map((zone) => meter.zone(zone));
  const inline = engine.deps.inline === undefined ? undefined : meter.inline(engine.deps.inline);
  return {
    clock,
    random,
    telemetry,
    leases: meter.leases(engine.deps.leases),
    pages: meter.pages(engine.deps.pages),
    inline,
    zones,
    topics: engine.topics,
    topicStore,
    work: options.work ?? engine.deps.work,
    storage: new SegmentStorage({ clock, telemetry, inline, zones, settings: engine.settings }),
    settings,
    storeTime: new StoreTime({ zones, clock, random }),
    zoneHealth: new ZoneHealth(telemetry),
    coverage: new Coverage(),
    retired: new RetiredObjects(clock, settings.deleteDelayMs),
    quiet: new QuietPartitions(clock),
    readRoom: options.reusesMemory === true ? new ReadRoom(settings.mergeMemoryBytes + ROOM_SPARE_BYTES) : undefined,
    toCompact: new Map(),
    compactSeen: new Map(),
    resumeAt: new Map(),
  };
}

function tell({ telemetry }: MaintenancePorts, report: JobReport): void {
  const { job, did, bytes, lagMs, complete, durationMs, dryRun, errors } = report;
  if (dryRun) return;
  telemetry.count('maintenance_runs_total', 1, { job });
  telemetry.observe('maintenance_run_seconds', durationMs / 1000, { job });
  telemetry.count('maintenance_bytes_total', bytes, { job });
  telemetry.gauge('maintenance_lag_seconds', lagMs / 1000, { job });
  for (const [what, count] of Object.entries(did)) telemetry.count('maintenance_done_total', count, { job, what });
  const idle = Object.keys(did).length === 0;
  telemetry.log(errors.length > 0 ? 'warn' : idle ? 'debug' : 'info', `maintenance: ${job}`, {
    ...did,
    bytes,
    lagMs,
    complete,
    durationMs: Math.round(durationMs),
  });
}

function checkAtLeast(field: string, value: number, limit: number): void {
  if (value >= limit) return;
  throw new StratalogError('INVALID_CONFIG', `${field} is ${value}, it must be at least ${limit}`, { field, value, limit });
}
