import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADVERTISED_APIS } from '../../../../lib/kafka/api-versions.ts';
import { type ApiName, CODECS } from '../../../../lib/kafka/messages/registry.ts';
import { SILENT } from '../../../../lib/ports/telemetry.ts';
import { type RawClient, requestFrame } from '../client.ts';
import { startGateway } from '../gateway.ts';
import { messageArbitrary } from '../messages/arbitrary.ts';
import { SCHEMAS } from '../messages/schemas.ts';

const SAMPLES = 25;
/** Waits that a request asks for are cut, so that the test does not wait. */
const WAITS: ReadonlySet<string> = new Set(['maxWaitMs', 'rebalanceTimeoutMs']);
/** Names that mean something to the gateway, which random text never does. */
const NAMES: Readonly<Record<string, string>> = { name: 't', topic: 't', groupId: 'g', resourceName: 't' };

/** The request with known names here and there, small numbers of partitions, and no long waits. */
function plausible(value: unknown, turn: number): unknown {
  if (Array.isArray(value)) return value.map((item) => plausible(item, turn));
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (WAITS.has(name)) return [name, typeof field === 'number' ? Math.abs(field) % 20 : field];
      if (turn % 2 === 0 && NAMES[name] !== undefined && typeof field === 'string') return [name, NAMES[name]];
      if (turn % 2 === 0 && /artition(Index)?$|^index$/.test(name) && typeof field === 'number') return [name, field & 1];
      if (turn % 4 === 0 && name === 'sessionTimeoutMs') return [name, 10_000];
      if (name === 'numPartitions' || name === 'count') return [name, typeof field === 'number' ? field % 8 : field];
      return [name, plausible(field, turn)];
    }),
  );
}

/** Sends a request and waits for its answer or for the end of the connection. */
async function sendAnything(client: RawClient, name: ApiName, version: number, request: unknown): Promise<void> {
  client.send(requestFrame(name, version, request as never));
  // Some requests have no answer; what follows them has one, unless the connection was closed.
  client.send(requestFrame('ApiVersions', 0, {}));
  const answers = name === 'Produce' && (request as { acks: number }).acks === 0 ? 1 : 2;
  for (let i = 0; i < answers; i++) await client.nextFrame().catch(() => undefined);
}

describe('every handler', () => {
  it.each(ADVERTISED_APIS)('answers whatever can be said in $name', async ({ name, max }) => {
    const errors: string[] = [];
    const log: typeof SILENT.log = (level, message, fields) => {
      if (level === 'error') errors.push(`${message} ${String(fields?.error)}`);
    };
    const gateway = await startGateway({ telemetry: { ...SILENT, log } });
    let { client } = gateway;
    const schema = SCHEMAS.find((one) => one.name === `${name}Request`);
    if (schema === undefined) throw new Error(`no schema of ${name}`);
    for (const version of new Set([CODECS[name].versions[0], max])) {
      const requests = fc.sample(messageArbitrary(schema, version), { numRuns: SAMPLES, seed: 7 });
      for (const [turn, request] of requests.entries()) {
        if (client.closed) client = await gateway.connect();
        await sendAnything(client, name, version, plausible(request, turn));
      }
    }
    expect(errors).toEqual([]);
    const fresh = await gateway.connect();
    expect((await fresh.call('ApiVersions', 0, {})).errorCode).toBe(0);
  });
});
