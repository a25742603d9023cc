/** Rules on where the log begins and ends, and on how a consumer walks through it. */
import type { Anomaly, AnomalyName } from './anomaly.ts';
import type { PartitionView } from './observations.ts';

interface Bound {
  readonly began: number;
  readonly ended: number;
  readonly offset: number;
  readonly by: string;
}

/** Fetches of assigned consumers neither go back nor jump over records. */
export function consumerOrder(view: PartitionView): Anomaly[] {
  const found: Anomaly[] = [];
  const position = new Map<string, number>();
  const exists = new Set((view.final?.records ?? []).map((record) => record.offset));
  for (const fetch of view.fetches.toSorted((one, other) => one.began - other.began)) {
    if (fetch.answer === undefined) continue;
    const expected = fetch.continues ? position.get(fetch.client) : undefined;
    const first = fetch.answer.records[0]?.offset;
    if (expected !== undefined && first !== undefined && first < expected) {
      found.push({ name: 'offset-regress', detail: `${view.name}: ${fetch.client} was given ${first} again, it was at ${expected}` });
    }
    const from = expected ?? fetch.from;
    const to = first ?? fetch.answer.nextOffset;
    for (let offset = from; offset < to; offset++) {
      if (!exists.has(offset) || fetch.committedOnly) continue;
      found.push({ name: 'poll-skip', detail: `${view.name}: ${fetch.client} asked for ${from} and was sent on to ${to} past ${offset}` });
      break;
    }
    position.set(fetch.client, fetch.answer.nextOffset);
  }
  return found;
}

export function beyondHighWatermark(view: PartitionView): Anomaly[] {
  return view.fetches.flatMap((fetch): Anomaly[] => {
    const last = fetch.answer?.records.at(-1)?.offset;
    if (fetch.answer === undefined || last === undefined || last < fetch.answer.highWatermark) return [];
    const detail = `${view.name}: ${fetch.client} was given offset ${last}, the high watermark in the answer is ${fetch.answer.highWatermark}`;
    return [{ name: 'read-beyond-high-watermark', detail }];
  });
}

/** The log end only grows: whoever asks after another was answered sees at least as much. */
export function endOffsets(view: PartitionView): Anomaly[] {
  const seen: Bound[] = [];
  const made: Bound[] = [];
  for (const { began, ended, offset, spec, client } of view.listings) {
    if (spec === 'latest' && offset !== undefined) seen.push({ began, ended, offset, by: client });
  }
  for (const { began, ended, answer, client } of view.fetches) {
    if (answer === undefined) continue;
    seen.push({ began, ended, offset: answer.highWatermark, by: client });
    const last = answer.records.at(-1)?.offset;
    if (last !== undefined) made.push({ began, ended, offset: last + 1, by: `${client}, who read ${last}` });
  }
  for (const { began, ended, outcome, records, acks, client } of view.produces) {
    if (outcome.kind !== 'acked' || acks === 0) continue;
    made.push({ began, ended, offset: outcome.baseOffset + records.length, by: `${client}, whose append was acknowledged` });
  }
  return [...monotone('non-linearizable-end', view.name, [...seen, ...made], seen), ...tooEarly(view, seen)];
}

/** No reader sees the end past a record whose send has not begun. */
function tooEarly(view: PartitionView, seen: readonly Bound[]): Anomaly[] {
  const born = view.produces
    .flatMap(({ began, outcome, acks, client, records }) => {
      const first = records[0];
      const requests = first === undefined ? [] : (view.sends.get(first.value) ?? []);
      const earliest = Math.min(began, ...requests.map((request) => request.began));
      return outcome.kind === 'acked' && acks !== 0 ? [{ began: earliest, offset: outcome.baseOffset, client }] : [];
    })
    .toSorted((one, other) => one.offset - other.offset);
  const found: Anomaly[] = [];
  for (const { ended, offset, by } of seen) {
    const record = born.find((candidate) => candidate.offset < offset && candidate.began > ended);
    if (record === undefined) continue;
    const detail = `${view.name}: ${by} saw the end ${offset} before ${record.client} sent the record at ${record.offset}`;
    found.push({ name: 'non-linearizable-end', detail });
  }
  return found;
}

export function startOffsets(view: PartitionView): Anomaly[] {
  const seen: Bound[] = [];
  for (const { began, ended, offset, spec, client } of view.listings) {
    if (spec === 'earliest' && offset !== undefined) seen.push({ began, ended, offset, by: client });
  }
  for (const { began, ended, answer, client } of view.fetches) {
    if (answer !== undefined) seen.push({ began, ended, offset: answer.startOffset, by: client });
  }
  const final = view.final;
  if (final !== undefined) {
    seen.push({ began: Number.MAX_SAFE_INTEGER, ended: Number.MAX_SAFE_INTEGER, offset: final.start, by: 'the final reading' });
  }
  return monotone('start-regress', view.name, seen, seen);
}

/** Each of `judged` is at least the largest of `facts` that ended before it began. */
function monotone(name: AnomalyName, partition: string, facts: readonly Bound[], judged: readonly Bound[]): Anomaly[] {
  const byEnd = facts.toSorted((one, other) => one.ended - other.ended);
  const found: Anomaly[] = [];
  let at = 0;
  let highest: Bound | undefined;
  for (const bound of judged.toSorted((one, other) => one.began - other.began)) {
    for (let done = byEnd[at]; done !== undefined && done.ended < bound.began; done = byEnd[at]) {
      if (highest === undefined || done.offset > highest.offset) highest = done;
      at += 1;
    }
    if (highest !== undefined && bound.offset < highest.offset) {
      found.push({ name, detail: `${partition}: ${bound.by} saw ${bound.offset} after ${highest.by} had ${highest.offset}` });
    }
  }
  return found;
}
