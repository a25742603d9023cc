/**
 * NDJSON in, results out: a record a line, any length, in bounded memory.
 *
 * Lines are gathered into groups; a few groups are under way at once, and no more is asked of the client while they are.
 * A small group leaves at once when nothing is under way, so that a client that sends a line and waits is answered.
 * A line that is wrong fails alone. Results come in the order of the lines.
 */
import { StratalogError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { ProduceRecord, RecordResult } from '../engine/produce-records.ts';
import type { Acks } from './acks.ts';
import { JsonScanner } from './json-scanner.ts';
import { type Line, LineSplitter } from './line-splitter.ts';
import { asStratalogError, problemOf } from './problem.ts';
import { readRecord } from './record-json.ts';
import { utf8Of } from './utf8.ts';

/** Records and bytes after which a group leaves. */
const GROUP_RECORDS = 2_000;
const GROUP_BYTES = 512 * 1024;
const GROUPS_IN_FLIGHT = 4;

export interface LinesRequest {
  readonly engine: Pick<Engine, 'produceRecords'>;
  readonly topic: string;
  readonly acks: Acks;
  readonly chunks: AsyncGenerator<Buffer, void, undefined>;
  readonly lineBytesMax: number;
  /** Answer only the lines that failed, and at the end a summary. */
  readonly failedOnly: boolean;
  /** Aborted when the client is gone or the process stops: no more lines are read, those handed on are finished. */
  readonly signal: AbortSignal;
}

/** Lines that were read together; each is a record of the group or has failed by itself. */
interface Group {
  readonly firstLine: number;
  readonly lines: (StratalogError | undefined)[];
  readonly records: ProduceRecord[];
  bytes: number;
}

/** Produces the lines and yields pieces of the answer. Errors of the whole stream become its last line. */
export async function* produceLines(request: LinesRequest): AsyncGenerator<Buffer, void, undefined> {
  const results = new ResultText(request.failedOnly);
  const pipeline = new Pipeline(request);
  const { chunks } = request;
  const stopped = abortOf(request.signal);
  let failure: unknown;
  try {
    let incoming = chunks.next();
    for (;;) {
      const oldest = pipeline.oldest;
      // Whichever comes first: more lines, or the outcome of the oldest group.
      const next = await Promise.race(oldest === undefined ? [incoming, stopped.promise] : [incoming, oldest, stopped.promise]);
      if (next instanceof Outcome) {
        pipeline.settle();
        yield results.of(next);
        continue;
      }
      if (next.done) break;
      for (const done of pipeline.push(next.value)) yield results.of(await done);
      incoming = chunks.next();
    }
    pipeline.end();
  } catch (error) {
    failure = error;
  } finally {
    stopped.forget();
  }
  // What was handed on before a failure has its outcomes, and the client learns them.
  for (const outcome of pipeline.rest()) yield results.of(await outcome);
  const last = results.end(failure);
  if (last.length > 0) yield last;
}

/** Rejects with CLOSED once the signal aborts. */
function abortOf(signal: AbortSignal): { readonly promise: Promise<never>; readonly forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () =>
    reject(new StratalogError('CLOSED', 'the server is stopping; lines without a result were not taken', { retryAfterMs: 1000 }));
  promise.catch(() => {});
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', abort) };
}

class Outcome {
  readonly group: Group;
  readonly results: readonly RecordResult[];

  constructor(group: Group, results: readonly RecordResult[]) {
    this.group = group;
    this.results = results;
  }
}

/** Gathers lines into groups and keeps those that are under way, oldest first. */
class Pipeline {
  readonly #request: LinesRequest;
  readonly #splitter: LineSplitter;
  readonly #underWay: Promise<Outcome>[] = [];
  #group = newGroup(1);
  #line = 0;

  constructor(request: LinesRequest) {
    this.#request = request;
    this.#splitter = new LineSplitter(request.lineBytesMax);
  }

  get oldest(): Promise<Outcome> | undefined {
    return this.#underWay[0];
  }

  settle(): void {
    this.#underWay.shift();
  }

  /** Takes a chunk; yields the outcomes to wait for before more may be under way. */
  *push(chunk: Buffer): Generator<Promise<Outcome>, void, undefined> {
    for (const line of this.#splitter.push(chunk)) {
      this.#take(line);
      if (
        this.#group.records.length >= GROUP_RECORDS ||
        this.#group.bytes >= GROUP_BYTES ||
        this.#group.lines.length >= 2 * GROUP_RECORDS
      ) {
        this.#send();
        while (this.#underWay.length >= GROUPS_IN_FLIGHT) yield this.#underWay.shift() as Promise<Outcome>;
      }
    }
    if (this.#underWay.length === 0) this.#send();
  }

  end(): void {
    for (const line of this.#splitter.end()) this.#take(line);
    this.#send();
  }

  *rest(): Generator<Promise<Outcome>, void, undefined> {
    for (let outcome = this.#underWay.shift(); outcome !== undefined; outcome = this.#underWay.shift()) yield outcome;
  }

  #take(line: Line): void {
    this.#line++;
    const group = this.#group;
    if (line?.length === 0) {
      // An empty line is no record and has no result, as most writers end their text with one.
      if (group.lines.length === 0) this.#group = newGroup(this.#line + 1);
      else group.lines.push(BLANK);
      return;
    }
    try {
      const record = this.#parse(line);
      group.records.push(record);
      group.lines.push(undefined);
      group.bytes += line?.length ?? 0;
    } catch (error) {
      group.lines.push(asStratalogError(error));
    }
  }

  #parse(line: Line): ProduceRecord {
    const { lineBytesMax } = this.#request;
    if (line === undefined) {
      throw new StratalogError('MESSAGE_TOO_LARGE', `the line is longer than ${lineBytesMax} bytes`, {
        field: 'line',
        limit: lineBytesMax,
      });
    }
    const scanner = new JsonScanner(utf8Of(line));
    const record = readRecord(scanner);
    scanner.finish();
    return record;
  }

  #send(): void {
    const group = this.#group;
    if (group.lines.length === 0) return;
    this.#group = newGroup(this.#line + 1);
    this.#underWay.push(this.#produce(group));
  }

  /** Never rejects: an error of the whole group is the error of each of its records. */
  async #produce(group: Group): Promise<Outcome> {
    const { engine, topic, acks } = this.#request;
    if (group.records.length === 0) return new Outcome(group, []);
    try {
      return new Outcome(group, await engine.produceRecords({ topic, acks, records: group.records, onFull: 'wait' }));
    } catch (thrown) {
      const error = asStratalogError(thrown);
      return new Outcome(
        group,
        group.records.map(() => ({ error })),
      );
    }
  }
}

/** Marks an empty line within a group; never shown. */
const BLANK = new StratalogError('INVALID_RECORD', 'an empty line');

function newGroup(firstLine: number): Group {
  return { firstLine, lines: [], records: [], bytes: 0 };
}

/** The text of outcomes. */
class ResultText {
  readonly #failedOnly: boolean;
  #records = 0;
  #failed = 0;

  constructor(failedOnly: boolean) {
    this.#failedOnly = failedOnly;
  }

  of({ group, results }: Outcome): Buffer {
    let text = '';
    let next = 0;
    for (const [index, own] of group.lines.entries()) {
      if (own === BLANK) continue;
      const result: RecordResult = own === undefined ? (results[next++] as RecordResult) : { error: own };
      this.#records++;
      if ('error' in result) {
        this.#failed++;
        const line = this.#failedOnly ? { line: group.firstLine + index } : {};
        text += `${JSON.stringify({ ...line, error: problemOf(result.error) })}\n`;
      } else if (!this.#failedOnly) {
        text += `{"partition":${result.partition},"offset":${result.offset},"timestamp":${result.timestamp}}\n`;
      }
    }
    return Buffer.from(text);
  }

  end(failure: unknown): Buffer {
    let text = '';
    if (failure !== undefined) text += `${JSON.stringify({ error: problemOf(asStratalogError(failure)) })}\n`;
    if (this.#failedOnly) text += `${JSON.stringify({ summary: { records: this.#records, failed: this.#failed } })}\n`;
    return Buffer.from(text);
  }
}
