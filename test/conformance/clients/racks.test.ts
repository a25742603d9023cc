/** Two gateways in two zones, and clients that say which zone they are in: who is read at, and who is written at. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Engine, type EngineDeps } from '../../../lib/engine/engine.ts';
import { openKafkaDoor } from '../../../lib/runtime/gateway.ts';
import { memoryPorts } from '../../../lib/runtime/memory.ts';
import { freePort } from '../../integration/emulators/child-process.ts';
import { kafkaTool } from '../apache-kafka/install.ts';

const run = promisify(execFile);
const PARTITIONS = 6;

/** A gateway that counts the records which it hands out and takes in. */
async function start(deps: EngineDeps, rack: string) {
  const port = await freePort();
  const engine = new Engine({ ...deps, groupSettings: { owner: `127.0.0.1:${port}` }, settings: { pollMaxMs: 50, catalogMaxAgeMs: 50 } });
  const counted = { read: 0, written: 0 };
  const { fetchMany, append } = engine;
  engine.fetchMany = async (request) => {
    const answers = await fetchMany.call(engine, request);
    for (const answer of answers) if ('batches' in answer) counted.read += answer.batches.length;
    return answers;
  };
  engine.append = (request) => {
    counted.written++;
    return append.call(engine, request);
  };
  const context = { engine, telemetry: deps.telemetry, closing: new AbortController().signal };
  const door = await openKafkaDoor({ host: '127.0.0.1', port }, context, { rack });
  onTestFinished(async () => {
    await door.close(0);
    await engine.close();
  });
  return { address: `127.0.0.1:${port}`, engine, counted };
}

async function startBoth() {
  const deps = memoryPorts();
  const a = await start(deps, 'zone-a');
  const b = await start(deps, 'zone-b');
  await a.engine.topics.create({ name: 't', partitions: PARTITIONS });
  return { a, b };
}

describe('a client that names its zone', () => {
  it('in client.id is sent to the gateway there, to write and to read (kcat)', async () => {
    const { a, b } = await startBoth();
    const produced = run('kcat', ['-P', '-b', b.address, '-t', 't', '-X', 'client.id=app,zone=zone-a']);
    produced.child.stdin?.end(Array.from({ length: 600 }, (_, i) => `${i}\n`).join(''));
    await produced;
    expect(a.counted.written).toBeGreaterThan(0);
    expect(b.counted.written).toBe(0);
    const { stdout } = await run('kcat', ['-C', '-b', b.address, '-t', 't', '-e', '-q', '-X', 'client.id=app,zone=zone-a']);
    expect(stdout.trim().split('\n')).toHaveLength(600);
    expect([a.counted.read > 0, b.counted.read]).toEqual([true, 0]);
  });

  it.each(['kcat', 'the Java client'])('in client.rack reads at the gateway there (%s)', async (client) => {
    const { a, b } = await startBoth();
    const produced = run('kcat', ['-P', '-b', b.address, '-t', 't']);
    produced.child.stdin?.end(Array.from({ length: 600 }, (_, i) => `${i}\n`).join(''));
    await produced;
    if (client === 'kcat') {
      const { stdout } = await run('kcat', ['-C', '-b', b.address, '-t', 't', '-e', '-q', '-X', 'client.rack=zone-a']);
      expect(stdout.trim().split('\n')).toHaveLength(600);
    } else {
      const args = ['--bootstrap-server', b.address, '--topic', 't', '--from-beginning', '--max-messages', '600'];
      const { stdout } = await kafkaTool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
        ...args,
        '--command-property',
        'client.rack=zone-a',
      ]);
      expect(stdout.trim().split('\n')).toHaveLength(600);
    }
    expect([a.counted.read > 0, b.counted.read]).toEqual([true, 0]);
  });
});
