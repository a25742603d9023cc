/** Creates, changes, fills, reads and deletes a topic whose name comes back again and again under other identities. */
import { isStratalogError, StratalogError } from '../../lib/core/errors.ts';
import type { TopicId } from '../../lib/core/ids.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { outcomeOf, seenRecords } from './clients.ts';
import type { Door } from './door.ts';
import type { Fetch, OtherOperation, Produce, SentRecord } from './history.ts';
import { appendPooled, fetchPooled } from './pooled-memory.ts';
import type { SimProcess } from './sim-process.ts';
import type { Workload } from './workload.ts';

/** The topic that comes and goes. */
export const MAYFLY = 'mayfly';
const PARTITIONS_MAX = 4;

export class TopicClient {
  readonly #name: string;
  readonly #process: SimProcess;
  readonly #door: Door;
  readonly #work: Workload;

  constructor(name: string, process: SimProcess, door: Door, work: Workload) {
    this.#name = name;
    this.#process = process;
    this.#door = door;
    this.#work = work;
  }

  async step(): Promise<void> {
    const what = this.#process.random.weighted([
      ['create', 2],
      ['alter', 1],
      ['delete', 1],
      ['send', 6],
      ['read', 4],
    ] as const);
    if (what === 'send') await this.#send();
    else if (what === 'read') await this.#read();
    else await this.#administer(what);
  }

  async #administer(what: 'create' | 'alter' | 'delete'): Promise<void> {
    const { recorder } = this.#work;
    const { random } = this.#process;
    const operation = recorder.begin<OtherOperation>(this.#process, { kind: 'admin', client: this.#name, what });
    try {
      if (what === 'create') {
        const request = { name: MAYFLY, partitions: random.between(1, 2), configs: this.#configs() };
        await this.#door.ask('create', (engine) => engine.topics.create(request));
      }
      if (what === 'delete') await this.#door.ask('delete', (engine) => engine.topics.delete(MAYFLY));
      if (what === 'alter') await this.#alter();
      recorder.end(operation, `${what}s ${MAYFLY}`);
    } catch (error) {
      recorder.end(operation, `cannot ${what} ${MAYFLY}: ${codeOf(error)}`);
    }
  }

  /** As many copies as the other topic has, so that a zone that is lost takes nothing along. */
  #configs(): Record<string, string> {
    return { 'min.insync.replicas': String(this.#work.plan.minInsyncReplicas) };
  }

  async #alter(): Promise<void> {
    const { random } = this.#process;
    const { partitions } = await this.#door.ask('get', (engine) => engine.topics.get(MAYFLY));
    const segmentBytes = String(random.between(1, 9) * 1_048_576);
    const change =
      random.chance(0.5) && partitions < PARTITIONS_MAX ? { partitions: partitions + 1 } : { set: { 'segment.bytes': segmentBytes } };
    await this.#door.ask('alter', (engine) => engine.topics.alter(MAYFLY, change));
  }

  /** Sends by name. Which identity takes it shows where the engine is, when it begins. */
  async #send(): Promise<void> {
    const { recorder } = this.#work;
    const now = await this.#work.topicNow(MAYFLY);
    const partition = this.#process.random.between(0, Math.max(0, (now?.partitions ?? 1) - 1));
    const record: SentRecord = { value: this.#work.nextValue(), timestamp: this.#process.clock.now() };
    const builder = new RecordBatchBuilder({});
    builder.tryAppend({ timestamp: record.timestamp, key: null, value: String(record.value) });
    const operation = recorder.begin<Produce>(this.#process, {
      kind: 'produce',
      client: this.#name,
      records: [record],
      acks: -1,
      partition: partitionName('none', partition),
      outcome: { kind: 'pending' },
    });
    const request = { topic: MAYFLY, partition, batches: builder.build(), acks: -1 } as const;
    try {
      const { batches } = await this.#door.ask('append', async (engine) => {
        await engine.topics.get(MAYFLY);
        const id = engine.topics.peek(MAYFLY)?.id;
        // Its copy of the catalogue has become too old this very moment.
        if (id === undefined) throw new StratalogError('REQUEST_TIMED_OUT', 'the topic is not known');
        operation.partition = partitionName(id, partition);
        return appendPooled(engine, request);
      });
      const [batch] = batches;
      operation.outcome = batch?.kind === 'appended' ? { kind: 'acked', baseOffset: batch.baseOffset } : { kind: 'unknown' };
    } catch (error) {
      operation.outcome = outcomeOf(error);
    }
    recorder.end(operation, `sent ${record.value} to ${MAYFLY}-${partition}: ${operation.outcome.kind}`);
  }

  async #read(): Promise<void> {
    const { recorder } = this.#work;
    const now = await this.#work.topicNow(MAYFLY);
    if (now === undefined) return;
    const partition = this.#process.random.between(0, now.partitions - 1);
    const fetch = recorder.begin<Fetch>(this.#process, {
      kind: 'fetch',
      client: this.#name,
      partition: partitionName('none', partition),
      from: 0,
    });
    try {
      const answer = await this.#door.ask('fetch', async (engine) => {
        await engine.topics.get(MAYFLY);
        const id = engine.topics.peek(MAYFLY)?.id;
        if (id !== undefined) fetch.partition = partitionName(id, partition);
        return fetchPooled(engine, { topic: MAYFLY, partition, offset: 0, maxBytes: 500 });
      });
      const { highWatermark, logStartOffset, nextOffset } = answer;
      const isSure = fetch.partition !== partitionName('none', partition);
      if (isSure) fetch.answer = { records: seenRecords(answer.batches), highWatermark, startOffset: logStartOffset, nextOffset };
      recorder.end(fetch, `fetched ${MAYFLY}-${partition}`);
    } catch (error) {
      recorder.end(fetch, `could not fetch ${MAYFLY}-${partition}: ${codeOf(error)}`);
    }
  }
}

function partitionName(id: TopicId | 'none', partition: number): string {
  return `${id.slice(0, 8)}/${partition}`;
}

function codeOf(error: unknown): string {
  if (!isStratalogError(error)) throw error;
  return error.code;
}
