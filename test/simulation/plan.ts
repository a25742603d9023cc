/**
 * What a seed means: which processes, stores, faults and operations a run has. Each seed turns some of them off, so that
 * rare mixtures come up as often as common ones (swarm testing).
 */
import { type FaultProfile, NO_FAULTS } from './faults.ts';
import { SeededRandom } from './seeded-random.ts';

export type ClientOperation = 'idempotent' | 'plain' | 'consume' | 'latest' | 'earliest' | 'delete-records' | 'group' | 'topics';
export type Disaster = 'kill' | 'freeze' | 'zone-away' | 'corrupt' | 'lose-copy' | 'lose-zone';
/**
 * `direct`: clients with an engine of their own. `remote` and `invoking`: clients of gateways and of functions. `gateway`: an
 * engine for others.
 */
export type ProcessKind = 'direct' | 'remote' | 'invoking' | 'gateway';

export interface PlannedProcess {
  readonly kind: ProcessKind;
  /** How far its clock is ahead, ms. */
  readonly skewMs: number;
}
export type GroupMode = 'coordinator' | 'stateless' | 'mixed';

export interface Plan {
  readonly seed: number;
  readonly processes: readonly PlannedProcess[];
  /** Environments of functions at once, for clients and for jobs; each has a skewed clock with this probability. */
  readonly environmentsMax: number;
  readonly skewedEnvironments: number;
  readonly clientsPerProcess: number;
  /** Operations of all clients together. */
  readonly operations: number;
  readonly partitions: number;
  readonly zones: number;
  readonly minInsyncReplicas: number;
  /** Segments up to this size are kept inline; 0 for no such store. */
  readonly inlineBytesMax: number;
  readonly tailEntriesRoll: number;
  readonly producersMax: number;
  readonly faults: FaultProfile;
  readonly weights: Readonly<Record<ClientOperation, number>>;
  /** Mean virtual time between two disasters of a kind, ms; 0 for never. */
  readonly disasters: Readonly<Record<Disaster, number>>;
  /** Consumer groups; 0 for none. */
  readonly groups: number;
  readonly groupMode: GroupMode;
  /** Members have instance ids, which outlive their processes. */
  readonly staticMembers: boolean;
  /** What producers ask for. */
  readonly acks: readonly (readonly [0 | 1 | -1, number])[];
  /** `cleanup.policy=compact`, and records with keys. */
  readonly compacted: boolean;
  /** `delete.retention.ms`, of a compacted topic. */
  readonly deleteRetentionMs: number;
  /** `retention.ms`; -1 for ever. */
  readonly retentionMs: number;
  /** Mean virtual time between two runs of maintenance in a process, ms; 0 for never. */
  readonly maintenanceMs: number;
  /** Jobs run in functions, when events of a schedule arrive, which may come twice; else processes run them by themselves. */
  readonly scheduledJobs: boolean;
  /** The longest a client waits between two operations, ms. */
  readonly pauseMsMax: number;
  /** The one process knows that nobody writes beside it, as a server over a folder does. */
  readonly soleWriter: boolean;
  /** The put of a process that dies may leave a part of an object. */
  readonly tornPuts: boolean;
}

const MINUTE_MS = 60 * 1000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** One seed in so many is about writers that sleep for hours while others sweep, which chance alone seldom brings together. */
const SLEEPERS_EVERY = 16;

/** The plan of a seed; `operations` is how long the run is. */
export function planOf(seed: number, operations: number): Plan {
  const plan = drawnPlan(seed, operations);
  return seed % SLEEPERS_EVERY === 0 ? withSleepers(plan) : plan;
}

function withSleepers(plan: Plan): Plan {
  return {
    ...plan,
    processes: [0, 0, 0].map((skewMs) => ({ kind: 'direct', skewMs })),
    soleWriter: false,
    scheduledJobs: false,
    faults: { ...plan.faults, failBefore: 0.2, slow: 0 },
    disasters: { ...plan.disasters, kill: 0, freeze: 10 * MINUTE_MS },
    retentionMs: -1,
    maintenanceMs: 2 * MINUTE_MS,
    pauseMsMax: 10 * MINUTE_MS,
  };
}

function drawnPlan(seed: number, operations: number): Plan {
  const random = new SeededRandom(seed);
  const maybe = (probability: number, most: number): number => (random.chance(probability) ? random.fraction() * most : 0);
  const weight = (probability: number): number => (random.chance(probability) ? random.between(1, 10) : 0);
  const zones = random.weighted([
    [1, 2],
    [2, 1],
    [3, 2],
  ]);
  const maintained = random.chance(0.6);
  const pauseMsMax = random.pick(maintained ? [200, MINUTE_MS, 10 * MINUTE_MS] : [0, 10, 200, 2_000]);
  // Where clients take their time, disasters do as well: else every process would be frozen or dead all the while.
  const slowness = pauseMsMax >= MINUTE_MS ? random.pick([1, 30, 200]) : 1;
  const disaster = (probability: number, low: number, high: number): number =>
    random.chance(probability) ? slowness * random.between(low, high) : 0;
  const faults: FaultProfile = {
    throttle: maybe(0.3, 0.1),
    failBefore: maybe(0.4, 0.15),
    failAfter: maybe(0.5, 0.15),
    twice: maybe(0.5, 0.2),
    late: maybe(0.4, 0.1),
    latencyMsMax: random.pick([5, 20, 100, 1_000]),
    slow: maybe(0.3, 0.1),
  };
  const wide = zones > 1;
  // A zone that is lost takes along what only it had; with two copies of everything, and no other harm, that is nothing.
  const losesZone = wide && random.chance(0.25);
  const compacted = random.chance(0.25);
  const groups = random.chance(0.35) ? random.between(1, 2) : 0;
  const processes = drawnProcesses(random);
  const scheduledJobs = random.chance(0.3);
  return {
    seed,
    processes,
    environmentsMax: random.between(1, 12),
    skewedEnvironments: random.pick([0, 0.3]),
    clientsPerProcess: random.between(1, 5),
    operations,
    partitions: random.between(1, 3),
    zones,
    minInsyncReplicas: losesZone ? 2 : wide ? random.between(1, 2) : 1,
    inlineBytesMax: random.pick([0, 0, 250, 8_192]),
    tailEntriesRoll: random.pick([2, 3, 5, 12]),
    producersMax: random.pick([1, 2, 4, 16]),
    faults: random.chance(0.1) ? NO_FAULTS : faults,
    weights: {
      idempotent: random.between(1, 10),
      plain: weight(0.6),
      consume: random.between(1, 8),
      latest: weight(0.5),
      earliest: weight(0.3),
      'delete-records': random.chance(0.2) ? 1 : 0,
      group: groups > 0 ? random.between(3, 15) : 0,
      topics: random.chance(0.25) ? random.between(2, 8) : 0,
    },
    disasters: {
      kill: disaster(0.4, 500, 20_000),
      freeze: disaster(0.4, 500, 20_000),
      'zone-away': wide ? disaster(0.4, 1_000, 30_000) : 0,
      corrupt: wide && !losesZone ? disaster(0.3, 500, 10_000) : 0,
      'lose-copy': wide && !losesZone ? disaster(0.3, 500, 10_000) : 0,
      'lose-zone': losesZone ? random.between(500, 20_000) : 0,
    },
    groups,
    groupMode: random.pick(['coordinator', 'stateless', 'mixed'] as const),
    staticMembers: random.chance(0.3),
    acks:
      losesZone || random.chance(0.6)
        ? [[-1, 1]]
        : ([
            [-1, 4],
            [1, 3],
            [0, 1],
          ] as const),
    compacted,
    deleteRetentionMs: random.pick([0, HOUR_MS, DAY_MS]),
    retentionMs: random.chance(0.25) ? random.pick([30 * MINUTE_MS, 2 * HOUR_MS]) : -1,
    maintenanceMs: maintained ? random.pick([MINUTE_MS, 5 * MINUTE_MS, 20 * MINUTE_MS]) : 0,
    scheduledJobs,
    pauseMsMax,
    tornPuts: random.chance(0.3),
    soleWriter: random.chance(0.5) && !scheduledJobs && processes.length === 1 && processes[0]?.kind === 'direct',
  };
}

/** Most runs have clients of one kind only, some a mixture. */
function drawnProcesses(random: SeededRandom): readonly PlannedProcess[] {
  const one = random.weighted([
    ['direct', 4],
    ['remote', 2],
    ['invoking', 2],
    [undefined, 2],
  ] as const);
  const clients = Array.from({ length: random.between(1, 4) }, () => one ?? random.pick(['direct', 'remote', 'invoking'] as const));
  const gateways = clients.includes('remote') ? random.between(1, 3) : 0;
  return [...clients, ...Array.from({ length: gateways }, () => 'gateway' as const)].map((kind) => ({
    kind,
    skewMs: drawnSkewMs(random, 0.3),
  }));
}

/** Days, both ways. */
export function drawnSkewMs(random: SeededRandom, probability: number): number {
  return random.chance(probability) ? random.between(-3 * DAY_MS, 3 * DAY_MS) : 0;
}
