/** Runs one plan from its first event to the verdict. */
import type { Engine } from '../../lib/engine/engine.ts';
import { JOB_NAMES } from '../../lib/engine/maintenance/run.ts';
import type { Anomaly } from './checker/anomaly.ts';
import { checkHistory } from './checker/check.ts';
import { Client } from './clients.ts';
import { Deployment } from './deployment.ts';
import { type Door, directDoor, functionDoor, gatewayDoor, type Server, type Servers } from './door.ts';
import { NO_FAULTS } from './faults.ts';
import { isDescribable, MAYFLY_RULES, readAll } from './final-reading.ts';
import { FunctionFleet } from './function-fleet.ts';
import type { Fetch, FinalPartition, History } from './history.ts';
import { eagerMaintenance, keepTidy, schedule } from './janitor.ts';
import { Network } from './network.ts';
import { type Disaster, drawnSkewMs, type Plan, type PlannedProcess } from './plan.ts';
import { RealTimeGuard } from './real-time-guard.ts';
import { Recorder } from './recorder.ts';
import { Scheduler } from './scheduler.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimProcess } from './sim-process.ts';
import { MAYFLY } from './topic-client.ts';
import { Trace } from './trace.ts';
import type { Workload } from './workload.ts';

/** A Monday in 2025; what counts is that skewed clocks stay after 1970. */
const START_MS = 1_750_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** No workload takes longer in virtual time; what is not done then is ended by the rest. */
const WORK_MS_MAX = 24 * HOUR_MS;
/** With all faults over every pending operation ends within this. */
const SETTLE_MS = 10 * MINUTE_MS;
/** Late requests have arrived by then, and transactions are settled. */
const QUIET_MS = 3 * HOUR_MS;
const FREEZE_MS_MAX = 5 * HOUR_MS;
/** How many of those who die are functions. */
const FUNCTIONS_KILLED = 0.3;
/** What one round finds the next takes away, and what that makes place for the one after. */
const TIDY_ROUNDS = 5;
/** Between the rounds of jobs at the end: longer than any clock is ahead, and than stubs are kept. */
const TIDY_EVERY_MS = 4 * 24 * HOUR_MS;
/** What was put before the last round but one and is named by nothing should be gone. */
const GARBAGE_AFTER_MS = TIDY_EVERY_MS;
/** How jobs tell of damage. */
const DAMAGE = /^(the (footer|copies) of|segment )/;
const TOPIC = 'orders';
const LISTED_MAX = 1_000_000;

export interface Verdict {
  readonly plan: Plan;
  readonly anomalies: readonly Anomaly[];
  readonly digest: string;
  readonly operations: number;
  readonly steps: number;
  readonly history: History;
}

interface Running {
  readonly process: SimProcess;
  /** Undefined in a process of clients that have none. */
  readonly engine: Engine | undefined;
  readonly hasClients: boolean;
}

class Simulation {
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  readonly #scheduler: Scheduler;
  readonly #deployment: Deployment;
  readonly #recorder: Recorder;
  readonly #network: Network;
  /** Functions that serve clients, and functions that run jobs. */
  readonly #functions: FunctionFleet;
  readonly #jobs: FunctionFleet;
  readonly #running = new Map<number, Running>();
  #workload: Workload | undefined;
  #lives = 0;
  #zoneLost = false;
  readonly #freezeAtWrite = new Map<SimProcess, number>();
  readonly #failures: string[] = [];
  #values = 0;
  #left: number;
  #crash: unknown;

  constructor(plan: Plan, trace: Trace) {
    this.#plan = plan;
    this.#left = plan.operations;
    this.#random = new SeededRandom(plan.seed ^ 0x5eed);
    this.#scheduler = new Scheduler(this.#random.fork(), trace, START_MS);
    this.#deployment = new Deployment(plan, this.#scheduler);
    this.#recorder = new Recorder(this.#scheduler);
    this.#network = new Network(this.#scheduler, this.#random.fork(), this.#deployment.gate);
    this.#functions = this.#fleet('f');
    this.#jobs = this.#fleet('j');
  }

  async run(): Promise<Verdict> {
    const { gate } = this.#deployment;
    gate.profile = NO_FAULTS;
    const keeper = this.#keeper('keeper');
    const topic = await this.#await(
      keeper.topics.create({
        name: TOPIC,
        partitions: this.#plan.partitions,
        configs: configsOf(this.#plan),
      }),
    );
    gate.profile = this.#plan.faults;
    gate.onCall = (process, what, isFaulty) => {
      const isWorst = (isFaulty && what.startsWith('leases.write')) || /^groups\.write\(\S+ block/.test(what);
      const forMs = isWorst ? this.#freezeAtWrite.get(process) : undefined;
      if (forMs === undefined || process.state !== 'running' || this.#left < 0) return;
      this.#freezeAtWrite.delete(process);
      this.#freeze(process, forMs);
    };
    this.#workload = {
      plan: this.#plan,
      recorder: this.#recorder,
      groupWatch: this.#deployment.groupWatch,
      topic: TOPIC,
      topicId: topic.id.slice(0, 8),
      take: () => this.#left-- > 0,
      nextValue: () => ++this.#values,
      nowMs: () => this.#scheduler.nowMs,
      anyServer: () => this.#servers.any()?.process.name,
      topicNow: (name) => this.#deployment.topicNow(name),
    };
    for (const slot of this.#plan.processes.keys()) this.#start(slot);
    if (this.#plan.maintenanceMs > 0 && this.#plan.scheduledJobs) {
      schedule(this.#keeperProcess('rule'), this.#jobs, this.#workload, () => this.#left >= 0).catch((error: unknown) => {
        this.#crash ??= error;
      });
    }
    for (const [disaster, everyMs] of Object.entries(this.#plan.disasters) as [Disaster, number][]) this.#plague(disaster, everyMs);
    await this.#scheduler.run(() => this.#left < 0 && this.#busy === 0, START_MS + WORK_MS_MAX);
    await this.#rest();
    const histories = await this.#histories(topic.id);
    const history = histories.at(-1) as History;
    if (this.#crash !== undefined) throw this.#crash;
    const { trace } = this.#scheduler;
    const steps = trace.lines;
    return {
      plan: this.#plan,
      anomalies: histories.flatMap((each) => checkHistory(each)),
      digest: trace.digest(),
      operations: this.#recorder.operations.length,
      steps,
      history,
    };
  }

  /** A process that nothing harms. */
  #keeperProcess(name: string): SimProcess {
    return new SimProcess(name, this.#scheduler, this.#random.fork(), 0);
  }

  #keeper(name: string): Engine {
    return this.#deployment.engineOf(this.#keeperProcess(name));
  }

  #fleet(letter: string): FunctionFleet {
    const { environmentsMax, skewedEnvironments } = this.#plan;
    return new FunctionFleet(this.#scheduler, this.#random.fork(), this.#network, environmentsMax, () => {
      const skewMs = drawnSkewMs(this.#random, skewedEnvironments);
      const process = new SimProcess(`${letter}.${this.#lives++}`, this.#scheduler, this.#random.fork(), skewMs);
      const engine = this.#deployment.engineOf(process, 'stateless', { neverWait: true });
      return {
        process,
        engine,
        maintenance: eagerMaintenance(engine, this.#deployment.workOf(process), process.name, this.#random.chance(0.5)),
      };
    });
  }

  /** Processes with engines that take requests of others. */
  readonly #servers: Servers = {
    named: (name) => this.#live().find(({ process }) => process.name === name),
    any: () => {
      const live = this.#live();
      return live.length === 0 ? undefined : this.#random.pick(live);
    },
  };

  #live(): readonly Server[] {
    return [...this.#running.values()].flatMap(({ process, engine }) =>
      engine === undefined || process.state === 'dead' ? [] : [{ process, engine }],
    );
  }

  /** Processes whose clients are still at work. */
  #busy = 0;

  #start(slot: number): void {
    const workload = this.#workload;
    const planned = this.#plan.processes[slot];
    if (workload === undefined || planned === undefined) return;
    const process = new SimProcess(`p${slot}.${this.#lives++}`, this.#scheduler, this.#random.fork(), planned.skewMs);
    const hasEngine = planned.kind === 'direct' || planned.kind === 'gateway';
    const hasClients = planned.kind !== 'gateway';
    const { soleWriter } = this.#plan;
    const engine = hasEngine ? this.#deployment.engineOf(process, this.#groupMode(), { soleWriter }) : undefined;
    this.#running.set(slot, { process, engine, hasClients });
    if (engine !== undefined && this.#plan.maintenanceMs > 0 && !this.#plan.scheduledJobs) {
      const busy = (): boolean => this.#left >= 0;
      keepTidy(process, engine, this.#deployment.workOf(process), workload, busy).catch((error: unknown) => {
        this.#crash ??= error;
      });
    }
    if (!hasClients) return;
    const door = this.#door(planned, process, engine);
    const { staticMembers, clientsPerProcess } = this.#plan;
    const clients = Array.from(
      { length: clientsPerProcess },
      (_, at) => new Client(`${process.name}c${at}`, process, door, workload, staticMembers ? `instance${slot}.${at}` : undefined),
    );
    this.#busy += 1;
    const ended = (): void => {
      this.#busy -= 1;
    };
    Promise.all(clients.map((client) => client.run())).then(ended, (error: unknown) => {
      ended();
      this.#crash ??= error;
    });
  }

  #groupMode(): 'coordinator' | 'stateless' {
    const { groupMode } = this.#plan;
    return groupMode === 'mixed' ? this.#random.pick(['coordinator', 'stateless'] as const) : groupMode;
  }

  #door({ kind }: PlannedProcess, process: SimProcess, engine: Engine | undefined): Door {
    if (engine !== undefined) return directDoor(process, engine, this.#servers, this.#network);
    if (kind === 'invoking') return functionDoor(process, this.#functions, this.#network);
    return gatewayDoor(process, this.#servers, this.#network);
  }

  /** Lets a disaster come again and again while the workload lasts. */
  #plague(disaster: Disaster, everyMs: number): void {
    if (everyMs === 0) return;
    this.#scheduler.at(this.#random.between(1, 2 * everyMs), disaster, () => {
      if (this.#left < 0 && this.#busy === 0) return;
      if (this.#left >= 0) this.#strike(disaster);
      this.#plague(disaster, everyMs);
    });
  }

  #strike(disaster: Disaster): void {
    const random = this.#random;
    const slot = random.between(0, this.#plan.processes.length - 1);
    const running = this.#running.get(slot);
    const process = running?.process;
    const zone = random.pick(this.#deployment.zones);
    const note = (what: string): void => this.#scheduler.trace.add(this.#scheduler.nowMs, `! ${what}`);
    if (disaster === 'kill' && random.chance(FUNCTIONS_KILLED)) {
      const name = random.pick([this.#functions, this.#jobs]).strike();
      if (name !== undefined) note(`${name} is killed`);
    } else if (disaster === 'kill' && process !== undefined && process.state !== 'dead') {
      note(`${process.name} is killed`);
      process.kill();
      this.#recorder.died(process);
      if (running?.hasClients === true) this.#busy -= 1;
      this.#scheduler.at(random.between(1, 5_000), `slot ${slot} starts again`, () => this.#start(slot));
    }
    if (disaster === 'freeze' && process?.state === 'running') {
      const forMs = random.between(1, random.chance(0.5) ? 2_000 : FREEZE_MS_MAX);
      // Half of the time it comes at the worst moment: while it is open whether a grant was applied, or as a commit is written.
      if (random.chance(0.5)) this.#freezeAtWrite.set(process, random.between(HOUR_MS, FREEZE_MS_MAX));
      else this.#freeze(process, forMs);
    }
    if (disaster === 'zone-away' && !this.#deployment.zones.some(({ faults }) => faults.away)) {
      note(`${zone.faults.name} goes away`);
      zone.faults.away = true;
      this.#scheduler.at(random.between(100, 20_000), `${zone.faults.name} comes back`, () => {
        zone.faults.away = false;
      });
    }
    if (disaster === 'lose-zone') void this.#loseZone(zone);
    if (disaster === 'corrupt' || disaster === 'lose-copy') void this.#harmCopy(disaster, zone);
  }

  #freeze(process: SimProcess, forMs: number): void {
    this.#scheduler.trace.add(this.#scheduler.nowMs, `! ${process.name} freezes for ${forMs} ms`);
    process.freeze();
    this.#scheduler.at(forMs, `${process.name} thaws`, () => process.thaw());
  }

  /** Once in a run a zone goes for good, and an empty one stands in its place later; or it loses a part of what it has. */
  async #loseZone(zone: Deployment['zones'][number]): Promise<void> {
    if (this.#zoneLost || this.#deployment.zones.some(({ faults }) => faults.away)) return;
    this.#zoneLost = true;
    const { trace } = this.#scheduler;
    const keys = (await zone.objects.list('', undefined, LISTED_MAX)).map(({ key }) => key);
    if (this.#random.chance(0.3)) {
      const share = this.#random.fraction();
      const lost = keys.filter(() => this.#random.chance(share));
      trace.add(this.#scheduler.nowMs, `! ${zone.faults.name} loses ${lost.length} of ${keys.length} objects`);
      return zone.objects.delete(lost);
    }
    zone.faults.away = true;
    trace.add(this.#scheduler.nowMs, `! ${zone.faults.name} is lost`);
    await zone.objects.delete(keys);
    this.#scheduler.at(this.#random.between(100, 20_000), `${zone.faults.name} is there again, empty`, () => {
      zone.faults.away = false;
    });
  }

  /** One copy of an object that another zone has as well goes bad. */
  async #harmCopy(disaster: 'corrupt' | 'lose-copy', zone: Deployment['zones'][number]): Promise<void> {
    const copies = await Promise.all(this.#deployment.zones.map(async ({ objects }) => objects.list('', undefined, LISTED_MAX)));
    const healthy = new Map<string, number>();
    for (const [at, { faults }] of this.#deployment.zones.entries()) {
      for (const { key } of copies[at] ?? []) if (!faults.harms(key)) healthy.set(key, (healthy.get(key) ?? 0) + 1);
    }
    const own = copies[this.#deployment.zones.indexOf(zone)] ?? [];
    const candidates = own.filter(({ key }) => (healthy.get(key) ?? 0) > 1 && !zone.faults.harms(key));
    if (candidates.length === 0) return;
    // Written segments are many and merged files few: each kind has its share.
    const merged = candidates.filter(({ key: name }) => name.endsWith('.log'));
    const { key, size } = this.#random.pick(merged.length > 0 && this.#random.chance(0.5) ? merged : candidates);
    this.#scheduler.trace.add(this.#scheduler.nowMs, `! ${zone.faults.name}: ${disaster} ${key}`);
    // The first bytes are a batch's header; its base offset, the very first, no checksum covers.
    const at = this.#random.between(0, this.#random.pick([7, 20, size, size]));
    const bits = this.#random.chance(0.7) ? 1 << this.#random.between(0, 7) : this.#random.between(1, 255);
    if (disaster === 'corrupt') zone.faults.corrupt(key, Math.min(0.999, at / size), bits);
    else await zone.objects.delete([key]);
  }

  /** Faults end; everything frozen thaws; what is pending ends; late requests arrive. */
  async #rest(): Promise<void> {
    this.#scheduler.trace.add(this.#scheduler.nowMs, '! faults are over');
    this.#left = -1;
    this.#deployment.gate.profile = NO_FAULTS;
    for (const { process } of this.#running.values()) process.thaw();
    for (const { faults } of this.#deployment.zones) faults.away = false;
    await this.#scheduler.run(() => this.#busy === 0 && !this.#recorder.isWaiting, this.#scheduler.nowMs + SETTLE_MS);
    // Their loops would otherwise run for ever; what they had to do they have done.
    for (const { engine } of this.#running.values()) void engine?.close();
    this.#functions.reclaim();
    this.#jobs.reclaim();
    const pending = this.#recorder.operations.filter(({ ended }) => ended === Number.POSITIVE_INFINITY);
    await this.#letPass(QUIET_MS);
    // What ended later than allowed has not ended in time.
    for (const operation of pending)
      if (operation.kind !== 'produce' || operation.outcome.kind !== 'killed') operation.ended = Number.POSITIVE_INFINITY;
  }

  /** The histories to judge: as it is at rest, and, where there is maintenance, as it is after every job has run. */
  async #histories(topicId: string): Promise<readonly History[]> {
    const rested = await this.#history(topicId, Number.POSITIVE_INFINITY);
    if (this.#plan.maintenanceMs === 0) return [rested];
    await this.#tidyUp();
    const tidied = await this.#history(topicId, GARBAGE_AFTER_MS);
    // Readers before the jobs ran and readers after it were given the same.
    const earlier = rested.partitions.map(
      ({ partition, start, end, records }): Fetch => ({
        kind: 'fetch',
        client: 'reader before the jobs',
        began: this.#scheduler.nextTick(),
        ended: this.#scheduler.nextTick(),
        partition,
        from: start,
        answer: { records, highWatermark: end, startOffset: start, nextOffset: end },
      }),
    );
    return [rested, { ...tidied, operations: [...tidied.operations, ...earlier], jobFailures: this.#failures }];
  }

  async #history(topicId: string, garbageAfterMs: number): Promise<History> {
    const topics = [{ id: topicId, name: TOPIC, partitions: this.#plan.partitions }];
    const reader = this.#keeper('reader');
    const mayfly = await this.#deployment.topicNow(MAYFLY);
    const isWhole = mayfly !== undefined && (await this.#await(isDescribable(reader, MAYFLY)));
    if (isWhole) topics.push(mayfly);
    const partitions: FinalPartition[] = [];
    for (const topic of topics) {
      const plan = topic.name === TOPIC ? this.#plan : MAYFLY_RULES;
      for (let at = 0; at < topic.partitions; at++) partitions.push(await this.#await(readAll(reader, topic, at, plan)));
    }
    await this.#await(reader.close());
    const endMs = this.#scheduler.nowMs;
    const keys = topics.flatMap(({ id, partitions: count }) =>
      Array.from({ length: count }, (_, partition) => ({ topicId: id as never, partition })),
    );
    const storage = await this.#deployment.storage(keys, endMs, garbageAfterMs);
    const { goneTopics } = this.#deployment;
    return { operations: [...this.#recorder.operations], partitions, storage, endMs, goneTopics, harmed: this.#plan.disasters.corrupt > 0 };
  }

  /** Every job, when all clocks are past whatever a skewed one wrote. */
  async #tidyUp(): Promise<void> {
    const process = this.#keeperProcess('janitor');
    const engine = this.#deployment.engineOf(process);
    const maintenance = eagerMaintenance(engine, this.#deployment.workOf(process), process.name, true);
    for (let round = 0; round < TIDY_ROUNDS; round++) {
      await this.#letPass(TIDY_EVERY_MS);
      for (const job of JOB_NAMES) {
        const report = await this.#await(maintenance.run(job, { all: true }));
        this.#recorder.note(`the janitor's ${job} did ${JSON.stringify(report.did)} ${report.errors.join('; ')}`);
        // Damage is reported each time it is met, until it is mended or swept.
        const isHarmed = this.#plan.disasters.corrupt > 0 || (this.#plan.tornPuts && round < TIDY_ROUNDS - 1);
        for (const error of report.errors) if (!isHarmed || !DAMAGE.test(error)) this.#failures.push(`${job}: ${error}`);
      }
    }
    await this.#await(engine.close());
  }

  /** Time goes by, also when nothing happens. */
  async #letPass(ms: number): Promise<void> {
    const untilMs = this.#scheduler.nowMs + ms;
    this.#scheduler.at(ms, 'time has passed', () => undefined);
    await this.#scheduler.run(() => false, untilMs);
  }

  /** Runs the scheduler until a promise of the harness itself is settled. */
  async #await<Value>(promise: Promise<Value>): Promise<Value> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    const how = await this.#scheduler.run(() => settled, this.#scheduler.nowMs + HOUR_MS);
    if (how !== 'done') throw new Error(`the harness waits for something that never comes (${how})`);
    return promise;
  }
}

function configsOf(plan: Plan): Record<string, string> {
  return {
    'min.insync.replicas': String(plan.minInsyncReplicas),
    'message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER),
    ...(plan.compacted
      ? {
          'cleanup.policy': plan.retentionMs < 0 ? 'compact' : 'compact,delete',
          'min.cleanable.dirty.ratio': '0.01',
          'delete.retention.ms': String(plan.deleteRetentionMs),
        }
      : {}),
    'retention.ms': String(plan.retentionMs),
  };
}

/** Runs a plan under the guard against real time. A leak is an error of the run, not an anomaly of the history. */
export async function simulate(plan: Plan, sink?: (line: string) => void): Promise<Verdict> {
  const guard = new RealTimeGuard();
  guard.install();
  try {
    const verdict = await new Simulation(plan, new Trace(sink)).run();
    if (guard.leaks.length > 0) throw new Error(`real time or randomness was read: ${guard.leaks.join('; ')}`);
    return verdict;
  } finally {
    guard.uninstall();
  }
}
