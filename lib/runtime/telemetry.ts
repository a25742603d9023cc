/** Telemetry of a long-running process: metrics as Prometheus text, lines for people on standard error. */
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { Labels, Telemetry } from '../ports/telemetry.ts';
import { Distribution, type Tally } from './distribution.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface TelemetryOptions {
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Where lines go; default standard error. */
  readonly destination?: DestinationStream;
  /** Whether to tell of the process too (memory, event loop, garbage collection); default true. */
  readonly processMetrics?: boolean;
}

export interface ProcessTelemetry extends Telemetry {
  /** All metrics, as Prometheus reads them. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const PREFIX = 'stratalog_';
/** Different label sets of one metric; past it they share the set in which every value is `other`, as each costs memory for good. */
const LABEL_SETS_MAX = 1_000;
const OTHER = 'other';
/** From the half millisecond of a local commit to the half minute of a request's deadline. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

/** One metric with the label sets it has seen. */
interface Known<Kind, Sum> {
  readonly metric: Kind;
  readonly sets: Map<string, Sum>;
  /** What a label set begins with. */
  readonly fresh: (labels: Labels) => Sum;
}

/** A counter or gauge is added up here and handed over when somebody asks: by itself the library takes 3 us to find the place of a value. */
interface LabelSet {
  readonly labels: Labels;
  value: number;
}

/** Builds the telemetry of a process. Metrics are made when they are first told of, with the labels they come with then. */
export function createTelemetry(options: TelemetryOptions = {}): ProcessTelemetry {
  const registry = new Registry();
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const logger: Logger = pino(
    { level: options.level ?? 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime },
    options.destination ?? destination({ dest: 2, sync: true }),
  );
  const counters = new Map<string, Known<Counter, LabelSet>>();
  const gauges = new Map<string, Known<Gauge, LabelSet>>();
  const distributions = new Map<string, Known<Distribution, Tally>>();

  return {
    count(name, value, labels = {}) {
      const known =
        counters.get(name) ?? made(counters, name, new Counter({ ...definition(name, labels), registers: [registry] }), noValue);
      setOf(known, labels).value += value;
    },
    observe(name, value, labels = {}) {
      const known = distributions.get(name) ?? distributionIn(registry, distributions, name);
      known.metric.observe(setOf(known, labels), value);
    },
    gauge(name, value, labels = {}) {
      const known = gauges.get(name) ?? made(gauges, name, new Gauge({ ...definition(name, labels), registers: [registry] }), noValue);
      setOf(known, labels).value = value;
    },
    log(level, message, fields = {}) {
      logger[level](fields, message);
    },
    async metrics() {
      for (const { metric, sets } of counters.values()) {
        for (const set of sets.values()) {
          metric.inc(set.labels, set.value);
          set.value = 0;
        }
      }
      for (const { metric, sets } of gauges.values()) for (const { labels, value } of sets.values()) metric.set(labels, value);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function definition(name: string, labels: Labels) {
  return { ...described(name), labelNames: Object.keys(labels) };
}

function described(name: string) {
  return { name: PREFIX + name, help: name.replaceAll('_', ' ') };
}

function distributionIn(registry: Registry, all: Map<string, Known<Distribution, Tally>>, name: string): Known<Distribution, Tally> {
  const distribution = new Distribution(described(name), name.endsWith('_seconds') ? SECONDS : BYTES);
  // The registry asks a metric for its name and what it has come to; its type names the library's own alone.
  registry.registerMetric(distribution as unknown as Metric);
  return made(all, name, distribution, (labels) => distribution.tally(labels));
}

function made<Kind, Sum>(all: Map<string, Known<Kind, Sum>>, name: string, metric: Kind, fresh: (labels: Labels) => Sum): Known<Kind, Sum> {
  const known: Known<Kind, Sum> = { metric, sets: new Map(), fresh };
  all.set(name, known);
  return known;
}

function noValue(labels: Labels): LabelSet {
  return { labels, value: 0 };
}

function setOf<Sum>(known: Known<unknown, Sum>, labels: Labels): Sum {
  const name = nameOf(labels);
  return known.sets.get(name) ?? newSet(known, name, labels);
}

function nameOf(labels: Labels): string {
  let name = '';
  for (const label in labels) name += `${labels[label]}\0`;
  return name;
}

function newSet<Sum>({ sets, fresh }: Known<unknown, Sum>, name: string, labels: Labels): Sum {
  const others = sets.size < LABEL_SETS_MAX ? undefined : Object.fromEntries(Object.keys(labels).map((label) => [label, OTHER]));
  const place = others === undefined ? name : nameOf(others);
  // Whoever is called so is counted with the rest: two sets of the same labels would be one metric told twice.
  const there = sets.get(place);
  if (there !== undefined) return there;
  const set = fresh(others ?? labels);
  sets.set(place, set);
  return set;
}
