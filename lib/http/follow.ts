/** Reading on and on: the answers of one partition, one after another, to its end or past it. */
import type { Engine } from '../engine/engine.ts';
import type { FetchRequest } from '../engine/fetch.ts';
import type { ReadRecordsAnswer } from '../engine/read-records.ts';

export interface FollowOptions {
  /** Bytes of one read. */
  readonly stepBytes: number;
  /** Whether to go on at the end of the log. */
  readonly follow: boolean;
  /** How long one read waits for records when following; each wait that ends empty is yielded too. */
  readonly stepWaitMs: number;
  /** Bytes and records after which to stop; undefined for no bound. */
  readonly maxBytes?: number | undefined;
  readonly maxRecords?: number | undefined;
}

/**
 * Yields what is read. Without following it ends at the high watermark that the first answer told, so that a reader of a
 * busy partition comes to an end. The first answer is given, as it was read before the status was sent.
 */
export async function* follow(
  engine: Pick<Engine, 'readRecords'>,
  request: FetchRequest,
  first: ReadRecordsAnswer,
  options: FollowOptions,
): AsyncGenerator<ReadRecordsAnswer, void, undefined> {
  const end = options.follow ? Number.POSITIVE_INFINITY : first.highWatermark;
  let answer = first;
  let recordsLeft = options.maxRecords ?? Number.POSITIVE_INFINITY;
  let bytesLeft = options.maxBytes ?? Number.POSITIVE_INFINITY;
  let offset = request.offset;
  while (!request.signal?.aborted) {
    yield answer;
    recordsLeft -= answer.records.length;
    for (const { key, value } of answer.records) bytesLeft -= (key?.length ?? 0) + (value?.length ?? 0);
    const stuck = answer.nextOffset === offset && !options.follow;
    offset = answer.nextOffset;
    if (offset >= end || stuck || recordsLeft <= 0 || bytesLeft <= 0) return;
    if (answer.records.length === 0 && answer.retryAfterMs !== undefined) await pause(answer.retryAfterMs, request.signal);
    answer = await engine.readRecords({
      ...request,
      offset,
      maxBytes: Math.min(options.stepBytes, bytesLeft),
      maxWaitMs: options.follow ? options.stepWaitMs : 0,
      ...(recordsLeft === Number.POSITIVE_INFINITY ? {} : { maxRecords: recordsLeft }),
    });
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    if (signal?.aborted) done();
    else signal?.addEventListener('abort', done);
  });
}
