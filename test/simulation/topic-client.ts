/** Creates, changes, fills, reads and deletes a topic whose name comes back again and again under other identities. */
import { isStratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import { RecordBatchBuilder } from '../../lib/format/record-batch-writer.ts';
import { outcomeOf, seenRecords } from './clients.ts';
import type { Fetch, OtherOperation, Produce, SentRecord } from './history.ts';
import type { SimProcess } from './sim-process.ts';
import type { Workload } from './workload.ts';

/** The topic that comes and goes. */
export const MAYFLY = 'mayfly';
const PARTITIONS_MAX = 4;

export class TopicClient {
  readonly #name: string;
  readonly #process: SimProcess;
  readonly #engine: Engine;
  readonly #work: Workload;

  constructor(name: string, process: SimProcess, engine: Engine, work: Workload) {
    this.#name = name;
    this.#process = process;
    this.#engine = engine;
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
    const { topics } = this.#engine;
    const operation = recorder.begin<OtherOperation>(this.#process, { kind: 'admin', client: this.#name, what });
    try {
      if (what === 'create') await topics.create({ name: MAYFLY, partitions: random.between(1, 2), configs: this.#configs() });
      if (what === 'delete') await topics.delete(MAYFLY);
      if (what === 'alter') {
        const { partitions } = await topics.get(MAYFLY);
        if (random.chance(0.5) && partitions < PARTITIONS_MAX) await topics.alter(MAYFLY, { partitions: partitions + 1 });
        else await topics.alter(MAYFLY, { set: { 'segment.bytes': String(random.between(1, 9) * 1_048_576) } });
      }
      recorder.end(operation, `${what}s ${MAYFLY}`);
    } catch (error) {
      recorder.end(operation, `cannot ${what} ${MAYFLY}: ${codeOf(error)}`);
    }
  }

  /** As many copies as the other topic has, so that a zone that is lost takes nothing along. */
  #configs(): Record<string, string> {
    return { 'min.insync.replicas': String(this.#work.plan.minInsyncReplicas) };
  }

  /**
   * Sends by name. Which identity took it is certain only if the name stood for one from the beginning to the end;
   * else it may be in either, and its acknowledgement says nothing.
   */
  async #send(): Promise<void> {
    const { recorder } = this.#work;
    const before = await this.#work.topicNow(MAYFLY);
    const partition = this.#process.random.between(0, Math.max(0, (before?.partitions ?? 1) - 1));
    const record: SentRecord = { value: this.#work.nextValue(), timestamp: this.#process.clock.now() };
    const builder = new RecordBatchBuilder({});
    builder.tryAppend({ timestamp: record.timestamp, key: null, value: String(record.value) });
    const draft = { kind: 'produce', client: this.#name, records: [record], acks: -1 } as const;
    const begin = (id: string): Produce =>
      recorder.begin<Produce>(this.#process, { ...draft, partition: `${id.slice(0, 4)}/${partition}`, outcome: { kind: 'pending' } });
    const operation = begin(before?.id ?? 'none');
    let outcome: Produce['outcome'] = { kind: 'unknown' };
    try {
      const { batches } = await this.#engine.append({ topic: MAYFLY, partition, batches: builder.build(), acks: -1 });
      const [batch] = batches;
      if (batch?.kind === 'appended') outcome = { kind: 'acked', baseOffset: batch.baseOffset };
    } catch (error) {
      outcome = outcomeOf(error);
    }
    const after = await this.#work.topicNow(MAYFLY);
    if (after?.id === before?.id) operation.outcome = before === undefined ? { kind: 'unknown' } : outcome;
    else {
      operation.outcome = { kind: 'unknown' };
      if (after !== undefined) {
        const other = begin(after.id);
        other.outcome = { kind: 'unknown' };
        recorder.end(other, 'may have sent to the new topic');
      }
    }
    recorder.end(operation, `sent ${record.value} to ${MAYFLY}-${partition}: ${operation.outcome.kind}`);
  }

  async #read(): Promise<void> {
    const { recorder } = this.#work;
    const before = await this.#work.topicNow(MAYFLY);
    if (before === undefined) return;
    const partition = this.#process.random.between(0, before.partitions - 1);
    const name = `${before.id.slice(0, 4)}/${partition}`;
    const fetch = recorder.begin<Fetch>(this.#process, { kind: 'fetch', client: this.#name, partition: name, from: 0 });
    try {
      const answer = await this.#engine.fetch({ topic: MAYFLY, partition, offset: 0, maxBytes: 500 });
      const { highWatermark, logStartOffset, nextOffset } = answer;
      // A copy of the catalogue may be a second old, so that this may be what the topic before it held.
      const isSure = (await this.#work.topicNow(MAYFLY))?.id === before.id;
      const held = this.#engine.topics.peek(MAYFLY)?.id === before.id;
      if (isSure && held) fetch.answer = { records: seenRecords(answer.batches), highWatermark, startOffset: logStartOffset, nextOffset };
      recorder.end(fetch, `fetched ${MAYFLY}-${partition}`);
    } catch (error) {
      recorder.end(fetch, `could not fetch ${MAYFLY}-${partition}: ${codeOf(error)}`);
    }
  }
}

function codeOf(error: unknown): string {
  if (!isStratalogError(error)) throw error;
  return error.code;
}
