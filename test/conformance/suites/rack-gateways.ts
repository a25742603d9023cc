/** Gateways of one deployment, one in each rack, over stores in this process's memory. */
import { Engine } from '../../../lib/engine/engine.ts';
import { openKafkaDoor } from '../../../lib/runtime/gateway.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';
import { freePort, waitFor } from '../../integration/emulators/child-process.ts';
import { RawClient } from '../../unit/kafka/client.ts';
import type { SuiteServer } from './server.ts';

const HOST = '127.0.0.1';
/** Gateways look around every 5 s. */
const ACQUAINTED_MS_MAX = 30_000;

/** They are the nodes 1, 2 and so on in the order of their racks, and all name all of them when this resolves. */
export async function startRackGateways(racks: readonly string[]): Promise<Pick<SuiteServer, 'brokers' | 'stop'>> {
  const deps = memoryPorts();
  const closing = new AbortController();
  const ports: number[] = [];
  const closers: (() => Promise<void>)[] = [];
  const stop = async () => {
    closing.abort();
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    for (const rack of racks) {
      const port = await freePort();
      const engine = new Engine({ ...deps, groupSettings: { owner: `${HOST}:${port}` } });
      closers.push(() => engine.close());
      const door = await openKafkaDoor({ host: HOST, port }, { engine, telemetry: deps.telemetry, closing: closing.signal }, { rack });
      closers.push(() => door.close(0));
      ports.push(port);
    }
    await Promise.all(
      ports.map((port) =>
        waitFor(`the gateway on port ${port} to know the others`, ACQUAINTED_MS_MAX, async () => {
          const named = await racksNamedBy(port);
          return racks.every((rack, i) => named.get(i + 1) === rack);
        }),
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { brokers: ports.map((port) => `${HOST}:${port}`).join(','), stop };
}

/** The rack of each node, by its id. */
async function racksNamedBy(port: number): Promise<ReadonlyMap<number, string | null | undefined>> {
  const client = await RawClient.connect(port);
  try {
    const { brokers } = await client.call('Metadata', 9, { topics: [] });
    return new Map(brokers.map(({ nodeId, rack }) => [nodeId, rack]));
  } finally {
    client.close();
  }
}
