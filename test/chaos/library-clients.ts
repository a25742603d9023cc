/** Clients under chaos that leave retries to a library: the SDK's producer and consumer, and a Kafka client's group. */
import { Consumer, Producer } from '../../lib/sdk/index.ts';
import type { Fetch, Produce, SendOutcome } from '../simulation/history.ts';
import { type ChaosHistory, type Door, kafkaOf, numberOf, padding, partitionName, pause, RETRY_MS, TOPIC } from './clients.ts';

const DELIVERY_WITHIN_MS = 10_000;
const REQUEST_WITHIN_MS = 3_000;
/** Records of one producer that are under way together. */
const TOGETHER = 4;

/** The SDK's idempotent producer. Whatever it gives up on is unknown, and a new one takes over. */
export async function produceOverSdk(name: string, partition: number, history: ChaosHistory, door: Door): Promise<void> {
  for (let life = 0; !door.isOver(); life++) {
    const producer = new Producer<string, string>({
      url: door.url(),
      idempotence: true,
      requestTimeoutMs: REQUEST_WITHIN_MS,
      deliveryTimeoutMs: DELIVERY_WITHIN_MS,
    });
    try {
      for (let isWell = true; isWell && !door.isOver(); ) {
        const outcomes = await Promise.all(
          Array.from({ length: TOGETHER }, () => sendOverSdk(producer, { id: partition, epoch: life }, name, partition, history)),
        );
        isWell = outcomes.every(({ kind }) => kind === 'acked');
      }
    } finally {
      await producer.close().catch(() => undefined);
    }
    await pause(RETRY_MS);
  }
}

async function sendOverSdk(
  producer: Producer<string, string>,
  { id, epoch }: { readonly id: number; readonly epoch: number },
  name: string,
  partition: number,
  history: ChaosHistory,
): Promise<SendOutcome> {
  const value = history.nextValue();
  const timestamp = Date.now();
  const operation = history.add<Produce>({
    kind: 'produce',
    client: name,
    partition: partitionName(partition),
    records: [{ value, timestamp }],
    // The library numbers its batches itself; among the records of one producer the values do as well.
    producer: { id: -100 - id, epoch, sequence: value },
    acks: -1,
    outcome: { kind: 'pending' },
  });
  try {
    const { offset } = await producer.send({ topic: TOPIC, partition, value: `${value} ${padding()}`, timestamp });
    operation.outcome = { kind: 'acked', baseOffset: offset };
  } catch {
    operation.outcome = { kind: 'unknown' };
  }
  history.end(operation);
  return operation.outcome;
}

/** The SDK's consumer, which follows a partition; each new one begins at the start. */
export async function readOverSdk(name: string, partition: number, history: ChaosHistory, door: Door): Promise<void> {
  for (let life = 0; !door.isOver(); life++) {
    const consumer = new Consumer<string, Uint8Array>({ url: door.url(), offsetReset: 'earliest', giveUpAfterMs: DELIVERY_WITHIN_MS });
    const until = AbortSignal.timeout(DELIVERY_WITHIN_MS);
    try {
      const began = history.nextTick();
      await consumer.assign([{ topic: TOPIC, partition }]);
      for await (const { records, nextOffset, highWatermark } of consumer.batches({ signal: until })) {
        const seen = records.map(({ offset, value }) => ({ offset, value: numberOf(value) }));
        noteFetch(history, `${name}.${life}`, partition, began, { records: seen, highWatermark, startOffset: 0, nextOffset });
        if (door.isOver()) break;
      }
    } catch {
      await pause(RETRY_MS);
    } finally {
      await consumer.close({ timeoutMs: REQUEST_WITHIN_MS }).catch(() => undefined);
    }
  }
}

/** What a library handed out. It reads ahead, so the answer may be as old as the client: that began at `began`. */
function noteFetch(history: ChaosHistory, client: string, partition: number, began: number, answer: NonNullable<Fetch['answer']>): void {
  const from = answer.records[0]?.offset ?? answer.nextOffset;
  history.end(history.add<Fetch>({ kind: 'fetch', client, partition: partitionName(partition), from, answer }, began));
}

/** A member of a Kafka consumer group, which commits as it goes. What it is given must be what the log holds. */
export async function consumeInGroup(name: string, ports: readonly number[], history: ChaosHistory, door: Door): Promise<void> {
  const kafka = kafkaOf(name, ports);
  while (!door.isOver()) {
    const consumer = kafka.consumer({ groupId: 'chaos', sessionTimeout: 6_000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
    let isCrashed = false;
    consumer.on('consumer.crash', () => {
      isCrashed = true;
    });
    try {
      const began = history.nextTick();
      await consumer.connect();
      await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
      await consumer.run({
        autoCommitInterval: 200,
        eachBatch: async ({ batch }) => {
          const records = batch.messages.map(({ offset, value }) => ({ offset: Number(offset), value: numberOf(value) }));
          const nextOffset = (records.at(-1)?.offset ?? -1) + 1;
          noteFetch(history, name, batch.partition, began, {
            records,
            highWatermark: Number(batch.highWatermark),
            startOffset: 0,
            nextOffset,
          });
        },
      });
      while (!door.isOver() && !isCrashed) await pause(RETRY_MS);
    } catch {
      await pause(RETRY_MS);
    } finally {
      await consumer.disconnect().catch(() => undefined);
    }
  }
}
