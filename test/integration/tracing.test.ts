import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Producer } from '../../lib/sdk/index.ts';
import { type BundledFunction, startBundledFunction } from './bundled-function.ts';
import { waitFor } from './emulators/child-process.ts';
import { type ScratchDeployment, startScratchDeployment } from './scratch-deployment.ts';

/** A segment document as X-Ray's daemon is sent it. */
interface Segment {
  readonly name: string;
  readonly trace_id?: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly aws?: { readonly operation?: string };
  readonly subsegments?: readonly Segment[];
}

const TRACE = '1-5759e988-bd862e3fe1be46a994272793';
/** Each document comes after a line that says what it is. */
const HEADER = '{"format":"json","version":1}\n';

let deployment: ScratchDeployment;
let daemon: Socket;
let produce: BundledFunction;
const segments: Segment[] = [];
beforeAll(async () => {
  deployment = await startScratchDeployment();
  daemon = createSocket('udp4');
  daemon.on('message', (message) => {
    const text = message.toString();
    if (text.startsWith(HEADER)) segments.push(JSON.parse(text.slice(HEADER.length)) as Segment);
  });
  daemon.bind(0, '127.0.0.1');
  await once(daemon, 'listening');
  produce = await startBundledFunction('produce', deployment.options, {
    traceId: `Root=${TRACE};Parent=53995c3f42cd8ad8;Sampled=1`,
    env: { AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}` },
  });
});
afterAll(async () => {
  await produce?.stop();
  daemon?.close();
  await deployment?.stop();
});

const all = (found: readonly Segment[]): Segment[] => found.flatMap((segment) => [segment, ...all(segment.subsegments ?? [])]);

describe('the trace of a call of the produce function', () => {
  it('says what was asked and how it ended, and holds the requests to the stores', async () => {
    await deployment.open().engine.topics.create({ name: 'traced' });
    const transport = produce.transport();
    const producer = new Producer({ transport });
    await producer.send({ topic: 'traced', value: 'x'.repeat(20_000) });
    await producer.close();
    await transport.close();
    const calls = () => all(segments).filter(({ annotations }) => annotations?.route === '/v1/topics/*/partitions/*/batches');
    await waitFor('the segment of the call', 10_000, () => calls().length > 0);
    const [call] = calls();
    expect(call?.annotations).toMatchObject({ Service: 'log-produce', method: 'POST', topic: 'traced', status: 200 });
    expect(all(segments).some(({ annotations }) => annotations?.ColdStart === true)).toBe(true);
    const asked = () => all(segments).filter(({ namespace }) => namespace === 'aws');
    const operations = () => asked().map(({ name, aws }) => `${name} ${aws?.operation}`);
    await waitFor('the requests to the stores', 10_000, () => operations().includes('S3 PutObject'));
    expect(operations()).toContain('DynamoDB PutItem');
    expect(new Set(segments.map(({ trace_id }) => trace_id))).toEqual(new Set([TRACE]));
  });
});
