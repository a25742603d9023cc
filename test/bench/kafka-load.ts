/** A Kafka client that costs little: frames are encoded once and sent again and again, answers are counted and dropped. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { RawClient, requestFrame } from '../unit/kafka/client.ts';
import { percentile } from './benchmark.ts';

/** What a client asks of either server. */
export interface KafkaTarget {
  readonly host: string;
  readonly port: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly requests: number;
  readonly bytes: number;
  /** From sending a request to its whole answer, ms. */
  readonly latencies: readonly number[];
}

export function targetOf(address: string): KafkaTarget {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

export async function createTopic({ port }: KafkaTarget, name: string, partitions: number): Promise<void> {
  const client = await RawClient.connect(port);
  const topic = { name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs: [] };
  await client.call('CreateTopics', 5, { topics: [topic], timeoutMs: 30_000 });
  // A broker answers before it leads the new partitions.
  for (;;) {
    const { topics } = await client.call('Metadata', 9, { topics: [{ name }], allowAutoTopicCreation: false });
    const led = topics[0]?.partitions.filter(({ errorCode, leaderId }) => errorCode === 0 && leaderId >= 0) ?? [];
    if (led.length === partitions) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  client.close();
}

function batchOf(recordBytes: number, batchBytes: number): Buffer {
  const count = Math.max(1, Math.floor(batchBytes / recordBytes));
  const builder = new RecordBatchBuilder({}, batchBytes * 2 + 4_096);
  const value = Buffer.alloc(recordBytes, 'x');
  for (let i = 0; i < count; i++) builder.tryAppend({ timestamp: Date.now(), key: null, value });
  return builder.build();
}

/** One connection that counts whole answers without keeping them. */
class CountingConnection {
  readonly socket: Socket;
  readonly #sentAt: number[] = [];
  #left = 0;
  #prefix = Buffer.alloc(0);
  readonly latencies: number[] = [];
  bytes = 0;
  answers = 0;
  onAnswer: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  static async open({ host, port }: KafkaTarget): Promise<CountingConnection> {
    const socket = connect(port, host);
    socket.setNoDelay(true);
    await once(socket, 'connect');
    return new CountingConnection(socket);
  }

  send(frame: Buffer): void {
    this.#sentAt.push(performance.now());
    this.socket.write(frame);
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const head = Buffer.concat([this.#prefix, chunk.subarray(at, at + 4 - this.#prefix.length)]);
        at += head.length - this.#prefix.length;
        this.#prefix = head.length < 4 ? head : Buffer.alloc(0);
        if (head.length < 4) return;
        this.#left = head.readInt32BE(0);
      }
      const step = Math.min(this.#left, chunk.length - at);
      this.#left -= step;
      at += step;
      if (this.#left > 0) return;
      this.answers++;
      this.latencies.push(performance.now() - (this.#sentAt.shift() ?? 0));
      this.onAnswer();
    }
  }
}

export interface ProduceLoad {
  readonly topic: string;
  readonly partitions: number;
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly inFlight: number;
  readonly recordBytes: number;
  /** Bytes of the one batch that goes to each partition of a request. */
  readonly batchBytes: number;
  /** Partitions in one request. */
  readonly partitionsPerRequest: number;
  readonly requests: number;
}

/** Sends requests as quickly as they are answered. */
export async function produceLoad(target: KafkaTarget, load: ProduceLoad): Promise<LoadResult> {
  const frames = framesOf(load);
  const connections = await Promise.all(Array.from({ length: load.connections }, () => CountingConnection.open(target)));
  const startedAt = performance.now();
  let sent = 0;
  await Promise.all(
    connections.map(
      (connection, c) =>
        new Promise<void>((resolve) => {
          let waiting = 0;
          const pump = () => {
            while (waiting < load.inFlight && sent < load.requests) {
              waiting++;
              connection.send(frames[(c + sent++) % frames.length] as Buffer);
            }
            if (waiting === 0) resolve();
          };
          connection.onAnswer = () => {
            waiting--;
            pump();
          };
          pump();
        }),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  for (const { socket } of connections) socket.destroy();
  const bytes = load.requests * (frames[0]?.length ?? 0);
  return { seconds, requests: load.requests, bytes, latencies: connections.flatMap(({ latencies }) => latencies) };
}

function framesOf({ topic, partitions, partitionsPerRequest, recordBytes, batchBytes }: ProduceLoad): readonly Buffer[] {
  const records = batchOf(recordBytes, batchBytes);
  return Array.from({ length: partitions }, (_, first) => {
    const partitionData = Array.from({ length: partitionsPerRequest }, (_, i) => ({ index: (first + i) % partitions, records }));
    return requestFrame('Produce', 9, { acks: -1, timeoutMs: 30_000, topicData: [{ name: topic, partitionData }] });
  });
}

/** Reads every partition from its start to where it ends now, each on a connection of its own. */
export async function fetchLoad(target: KafkaTarget, topic: string, partitions: number, fetchBytes: number): Promise<LoadResult> {
  const startedAt = performance.now();
  const results = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => fetchPartition(target, topic, partition, fetchBytes)),
  );
  return {
    seconds: (performance.now() - startedAt) / 1000,
    requests: results.reduce((sum, { requests }) => sum + requests, 0),
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
    latencies: results.flatMap(({ latencies }) => latencies),
  };
}

async function fetchPartition({ port }: KafkaTarget, topic: string, partition: number, fetchBytes: number) {
  const client = await RawClient.connect(port);
  const latencies: number[] = [];
  let bytes = 0;
  for (let fetchOffset = 0; ; ) {
    const sentAt = performance.now();
    const topics = [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: fetchBytes }] }];
    const response = await client.call('Fetch', 12, { maxWaitMs: 0, minBytes: 1, maxBytes: fetchBytes, topics });
    latencies.push(performance.now() - sentAt);
    const data = response.responses[0]?.partitions[0];
    const records = data?.records as Buffer | undefined;
    if (data === undefined || data.errorCode !== 0 || records === undefined || records.length === 0) break;
    bytes += records.length;
    // The next offset: that of the last whole batch and its records. The answer may end in a cut-off batch.
    for (let at = 0; at + 61 <= records.length; ) {
      const size = records.readInt32BE(at + 8) + 12;
      if (at + size > records.length) break;
      fetchOffset = Number(records.readBigInt64BE(at)) + records.readInt32BE(at + 23) + 1;
      at += size;
    }
  }
  client.close();
  return { requests: latencies.length, bytes, latencies };
}

/** Sends one request at a fixed distance after the other, whatever the answers; latency counts from when it was due. */
export async function pacedLoad(
  target: KafkaTarget,
  topic: string,
  recordBytes: number,
  perSecond: number,
  seconds: number,
): Promise<LoadResult> {
  const [frame] = framesOf({
    topic,
    partitions: 1,
    connections: 1,
    inFlight: 1,
    recordBytes,
    batchBytes: recordBytes,
    partitionsPerRequest: 1,
    requests: 0,
  });
  const connection = await CountingConnection.open(target);
  const total = Math.floor(perSecond * seconds);
  const startedAt = performance.now();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (; sent < due; sent++) connection.send(frame as Buffer);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (connection.answers < total) await new Promise((resolve) => setTimeout(resolve, 5));
  connection.socket.destroy();
  const { latencies } = connection;
  return { seconds: (performance.now() - startedAt) / 1000, requests: total, bytes: total * (frame?.length ?? 0), latencies };
}

export function latencyFigures(latencies: readonly number[]): { p50: number; p99: number; p999: number } {
  return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99), p999: percentile(latencies, 0.999) };
}
