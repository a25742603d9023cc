/**
 * Tries again what failed for a passing reason, with full jitter: each wait is drawn from nothing to a bound that doubles,
 * so that callers who were refused together do not come back together.
 */
import { isStratalogError, type StratalogError } from '../../core/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore, GroupWriteOutcome } from '../../ports/group-store.ts';
import type { LeaseStore, LeaseWriteOutcome } from '../../ports/lease-store.ts';
import type { Random } from '../../ports/random.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface RetryPorts {
  readonly clock: Pick<Clock, 'sleep' | 'monotonic'>;
  readonly random: Pick<Random, 'fraction'>;
  readonly telemetry: Pick<Telemetry, 'count'>;
}

export interface RetryPolicy {
  /** For the counter. */
  readonly name: string;
  /** Bound of the first wait, ms. */
  readonly firstMs: number;
  /** Bound of every wait, ms. */
  readonly mostMs: number;
  /** No attempt begins later than this after the first, ms. */
  readonly withinMs: number;
  /** Methods whose lost answer is no reason to stop: doing them twice is the same as once. */
  readonly repeatable: readonly string[];
}

/** The port with every asynchronous method tried again on THROTTLED and STORAGE_ERROR, and OUTCOME_UNKNOWN where it may be. */
export function retrying<Port extends object>(port: Port, policy: RetryPolicy, ports: RetryPorts): Port {
  return intercept(port, (name, call) => attempts(policy, ports, call, (error) => isPassing(error, policy.repeatable.includes(name))));
}

/**
 * Writes that answer an outcome each: those that were refused because of load, of which it is certain that nothing was
 * done, are sent again; every other outcome goes back to who knows how to resolve it.
 */
export function retryingWrites<Port extends LeaseStore | GroupStore>(port: Port, policy: RetryPolicy, ports: RetryPorts): Port {
  return intercept(port, (name, call, args) => {
    if (name !== 'write') return attempts(policy, ports, call, (error) => isPassing(error, policy.repeatable.includes(name)));
    return writeAgain(port, args, policy, ports);
  });
}

type Outcome = LeaseWriteOutcome | GroupWriteOutcome;

async function writeAgain(port: object, args: unknown[], policy: RetryPolicy, ports: RetryPorts): Promise<Outcome[]> {
  const write = Reflect.get(port, 'write') as (...args: unknown[]) => Promise<readonly Outcome[]>;
  const head = args.slice(0, -1);
  const writes = args.at(-1) as readonly unknown[];
  const outcomes: Outcome[] = [...(await write.call(port, ...head, writes))];
  const began = ports.clock.monotonic();
  for (let tries = 0; ; tries++) {
    const open = outcomes.flatMap((outcome, i) => (outcome.kind === 'unknown' && isStratalogError(outcome.cause, 'THROTTLED') ? [i] : []));
    if (open.length === 0 || ports.clock.monotonic() - began >= policy.withinMs) return outcomes;
    await backOff(tries, policy, ports);
    const again = await write.call(
      port,
      ...head,
      open.map((i) => writes[i]),
    );
    for (const [at, i] of open.entries()) outcomes[i] = again[at] as Outcome;
  }
}

async function attempts(
  policy: RetryPolicy,
  ports: RetryPorts,
  call: () => unknown,
  isPassingError: (error: unknown) => boolean,
): Promise<unknown> {
  const began = ports.clock.monotonic();
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!isPassingError(error) || ports.clock.monotonic() - began >= policy.withinMs) throw error;
      await backOff(tries, policy, ports);
    }
  }
}

function backOff(tries: number, policy: RetryPolicy, { clock, random, telemetry }: RetryPorts): Promise<void> {
  telemetry.count('storage_retries_total', 1, { store: policy.name });
  return clock.sleep(random.fraction() * Math.min(policy.mostMs, policy.firstMs * 2 ** Math.min(tries, 20)));
}

function isPassing(error: unknown, repeatable: boolean): error is StratalogError {
  return isStratalogError(error, 'THROTTLED', 'STORAGE_ERROR') || (repeatable && isStratalogError(error, 'OUTCOME_UNKNOWN'));
}

/** The same object with its methods called through `around`; everything else is passed on as it is. */
function intercept<Port extends object>(port: Port, around: (name: string, call: () => unknown, args: unknown[]) => unknown): Port {
  const wrapped = new Map<PropertyKey, unknown>();
  return new Proxy(port, {
    get(target, property) {
      const known = wrapped.get(property);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = (...args: unknown[]): unknown => around(String(property), () => value.apply(target, args), args);
      wrapped.set(property, method);
      return method;
    },
  });
}
