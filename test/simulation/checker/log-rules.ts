/** Rules on which records the log holds, and where. */
import type { History } from '../history.ts';
import type { Anomaly } from './anomaly.ts';
import { acknowledged, type PartitionView, sightings } from './observations.ts';

/** Acknowledged records are there, where the acknowledgement said. */
export function lostWrites(view: PartitionView): Anomaly[] {
  const { final } = view;
  if (final === undefined || final.compacted) return [];
  const at = new Map(final.records.map((record) => [record.offset, record.value]));
  const found: Anomaly[] = [];
  for (const { offset, record, produce } of acknowledged(view)) {
    if (offset < final.start || at.get(offset) === record.value) continue;
    const detail = `${view.name}: ${record.value} was acknowledged at offset ${offset} to ${produce.client}, there is ${at.get(offset)}`;
    if (offset >= final.end) found.push({ name: 'unseen', detail: `${detail}, the log ends at ${final.end}` });
    else if (!at.has(offset)) found.push({ name: 'lost-write', detail });
    else found.push({ name: 'lost-write', detail });
  }
  return found;
}

/** One record has one offset. A send of a plain producer may be stored once for each of its requests. */
export function duplicates(view: PartitionView): Anomaly[] {
  const offsets = new Map<number, Set<number>>();
  for (const { offset, value } of sightings(view)) {
    const known = offsets.get(value);
    if (known === undefined) offsets.set(value, new Set([offset]));
    else known.add(offset);
  }
  const found: Anomaly[] = [];
  for (const [value, places] of offsets) {
    const requests = view.sends.get(value) ?? [];
    const idempotent = requests.some((request) => request.producer !== undefined);
    if (places.size > (idempotent ? 1 : Math.max(1, requests.length))) {
      const why = `sent ${requests.length} times${idempotent ? ' by an idempotent producer' : ''}`;
      found.push({ name: 'duplicate', detail: `${view.name}: ${value} is at offsets ${[...places].join(', ')}, ${why}` });
    }
  }
  return found;
}

/** An offset holds one record, for every reader and for whoever was told that his record is there. */
export function inconsistentOffsets(view: PartitionView): Anomaly[] {
  const values = new Map<number, number>();
  const found: Anomaly[] = [];
  const look = (offset: number, value: number, by: string): void => {
    const known = values.get(offset);
    if (known === undefined) values.set(offset, value);
    else if (known !== value) {
      found.push({ name: 'inconsistent-offset', detail: `${view.name}: offset ${offset} has ${known} and, for ${by}, ${value}` });
    }
  };
  for (const { offset, value, by } of sightings(view)) look(offset, value, by);
  for (const { offset, record, produce } of acknowledged(view)) look(offset, record.value, `the acknowledgement to ${produce.client}`);
  return found;
}

/** Offsets follow each other, as long as nothing was compacted away. */
export function holes(view: PartitionView): Anomaly[] {
  const found: Anomaly[] = [];
  const { final } = view;
  if (final === undefined || final.compacted) return [];
  const walk = (records: readonly { readonly offset: number }[], from: number | undefined, by: string): void => {
    let expected = from;
    for (const { offset } of records) {
      if (expected !== undefined && offset > expected) {
        found.push({ name: 'hole', detail: `${view.name}: ${by} was given offset ${offset}, ${expected} was next` });
      }
      expected = offset + 1;
    }
  };
  for (const fetch of view.fetches) {
    if (!fetch.committedOnly) walk(fetch.answer?.records ?? [], undefined, fetch.client);
  }
  walk(final.records, final.start, 'the final reading');
  const reached = (final.records.at(-1)?.offset ?? final.start - 1) + 1;
  if (reached < final.end) {
    found.push({ name: 'hole', detail: `${view.name}: the final reading ends at ${reached}, the log at ${final.end}` });
  }
  return found;
}

/** Whoever sent a record after another was answered, or in the sequence of one producer, finds it behind the other. */
export function outOfOrder(view: PartitionView): Anomaly[] {
  const first = new Map<number, number>();
  for (const { offset, value } of sightings(view)) first.set(value, Math.min(offset, first.get(value) ?? offset));
  const found: Anomaly[] = [];
  const byProducer = new Map<string, { sequence: number; offset: number; value: number }[]>();
  for (const produce of view.produces) {
    const value = produce.records[0]?.value;
    const offset = value === undefined ? undefined : first.get(value);
    if (value === undefined || offset === undefined || produce.producer === undefined) continue;
    const name = `${produce.producer.id}/${produce.producer.epoch}`;
    const sequence = { sequence: produce.producer.sequence, offset, value };
    const known = byProducer.get(name);
    if (known === undefined) byProducer.set(name, [sequence]);
    else known.push(sequence);
  }
  for (const [producer, batches] of byProducer) {
    batches.sort((one, other) => one.sequence - other.sequence);
    for (const [at, batch] of batches.entries()) {
      const before = batches[at - 1];
      if (before !== undefined && before.sequence < batch.sequence && before.offset > batch.offset) {
        const detail = `${view.name}: producer ${producer} sent ${before.value} before ${batch.value}, they are at ${before.offset} and ${batch.offset}`;
        found.push({ name: 'out-of-order', detail });
      }
    }
  }
  return [...found, ...outOfRealTimeOrder(view)];
}

/** An acknowledgement that came before another send began has the smaller offset. */
function outOfRealTimeOrder(view: PartitionView): Anomaly[] {
  const acked = view.produces.flatMap((produce) =>
    produce.outcome.kind === 'acked' && produce.acks !== 0 && (view.sends.get(produce.records[0]?.value ?? -1)?.length ?? 0) === 1
      ? [{ produce, base: produce.outcome.baseOffset }]
      : [],
  );
  const byEnd = acked.toSorted((one, other) => one.produce.ended - other.produce.ended);
  const found: Anomaly[] = [];
  let at = 0;
  let highest = -1;
  for (const { produce, base } of acked.toSorted((one, other) => one.produce.began - other.produce.began)) {
    for (let done = byEnd[at]; done !== undefined && done.produce.ended < produce.began; done = byEnd[at]) {
      highest = Math.max(highest, done.base);
      at += 1;
    }
    if (base < highest) {
      const detail = `${view.name}: ${produce.client} was given offset ${base} though ${highest} had been acknowledged before it began`;
      found.push({ name: 'out-of-order', detail });
    }
  }
  return found;
}

/** Nobody reads what was refused, aborted, or never sent. */
export function abortedReads(view: PartitionView): Anomaly[] {
  const found: Anomaly[] = [];
  const committed = new Set(view.fetches.filter((fetch) => fetch.committedOnly === true).flatMap((fetch) => fetch.answer?.records ?? []));
  for (const record of committed) {
    if (view.sends.get(record.value)?.some((produce) => produce.aborted === true)) {
      found.push({ name: 'aborted-read', detail: `${view.name}: ${record.value} of an aborted transaction was read at ${record.offset}` });
    }
  }
  for (const { offset, value, by } of sightings(view)) {
    const requests = view.sends.get(value);
    if (requests === undefined) {
      found.push({ name: 'invented-record', detail: `${view.name}: ${by} was given ${value} at offset ${offset}, which nobody sent` });
    } else if (requests.every((produce) => produce.outcome.kind === 'failed')) {
      found.push({ name: 'aborted-read', detail: `${view.name}: ${value}, whose send failed, was read at offset ${offset} by ${by}` });
    }
  }
  return found;
}

/** A topic that is gone takes nothing, not even from who still believes that it is there. */
export function writesAfterDelete(view: PartitionView, { goneTopics }: History): Anomaly[] {
  const gone = goneTopics?.get(view.name.slice(0, view.name.indexOf('/')));
  if (gone === undefined) return [];
  return view.produces
    .filter(({ began, outcome, acks }) => began > gone && outcome.kind === 'acked' && acks !== 0)
    .map(({ client, began, records }) => ({
      name: 'write-after-delete',
      detail: `${view.name}: ${records[0]?.value}, sent at tick ${began} by ${client}, was acknowledged; the topic was gone at tick ${gone}`,
    }));
}
