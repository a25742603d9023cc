/**
 * Counts what a service is asked and what it charges: every attempt of every request, by operation.
 *
 * It sits in the client's own chain behind the retries, since only there each attempt is seen and the answer still
 * carries the consumed capacity.
 */
import type { Telemetry } from '../../ports/telemetry.ts';

interface Capacity {
  readonly CapacityUnits?: number | undefined;
  readonly ReadCapacityUnits?: number | undefined;
  readonly WriteCapacityUnits?: number | undefined;
}

/** The part of a client that is needed here. */
interface MeteredClient {
  // biome-ignore lint/suspicious/noExplicitAny: the chain's own types are generic over every command of the client
  readonly middlewareStack: { add(middleware: any, options: any): void };
}

type Next = (args: unknown) => Promise<{ readonly output: Readonly<Record<string, unknown>> }>;

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/**
 * Counts `<service>_requests_total{operation}` and, where the answer tells them, `<service>_read_units_total` and
 * `<service>_write_units_total`. Failed attempts are counted too, with `failed="yes"`; what they consumed is not told.
 */
export function meter(client: MeteredClient, service: string, telemetry: Telemetry): void {
  const middleware = (next: Next, context: { commandName?: string }) => async (args: unknown) => {
    const operation = (context.commandName ?? 'unknown').replace(/Command$/, '');
    try {
      const result = await next(args);
      telemetry.count(`${service}_requests_total`, 1, { operation, failed: 'no' });
      countUnits(telemetry, service, operation, result.output.ConsumedCapacity);
      return result;
    } catch (error) {
      telemetry.count(`${service}_requests_total`, 1, { operation, failed: 'yes' });
      throw error;
    }
  };
  client.middlewareStack.add(middleware, { name: 'stratalogMeter', step: 'finalizeRequest', priority: 'low' });
}

function countUnits(telemetry: Telemetry, service: string, operation: string, consumed: unknown): void {
  if (consumed === undefined) return;
  const kind = WRITES.has(operation) ? 'write' : 'read';
  for (const capacity of (Array.isArray(consumed) ? consumed : [consumed]) as readonly Capacity[]) {
    const units = capacity.CapacityUnits ?? capacity.WriteCapacityUnits ?? capacity.ReadCapacityUnits;
    if (units) telemetry.count(`${service}_${kind}_units_total`, units, { operation });
  }
}
