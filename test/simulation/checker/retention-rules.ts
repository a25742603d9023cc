/** Rules on what may be removed: by retention, by compaction, by sweep. */
import type { FinalPartition, History, SentRecord } from '../history.ts';
import type { Anomaly } from './anomaly.ts';
import { acknowledged, type PartitionView } from './observations.ts';

/** Records below the log start were expired, surplus, or deleted by a request. */
export function overRetention(view: PartitionView, history: History): Anomaly[] {
  const { final } = view;
  if (final === undefined || final.start === 0 || final.retentionBytes >= 0) return [];
  const deleted = Math.max(0, ...view.deletions.map((deletion) => deletion.before));
  // What a later record of its key has overtaken, compaction may have taken away before its time.
  const kept = final.compacted ? [...lastOfKeys(view).values()].filter(({ record }) => record.tombstone !== true) : acknowledged(view);
  for (const { offset, record } of kept) {
    if (offset >= final.start || offset < deleted) continue;
    const keptUntil = final.retentionMs < 0 ? Number.POSITIVE_INFINITY : record.timestamp + final.retentionMs;
    if (keptUntil <= history.endMs) continue;
    const detail = `${view.name}: the log starts at ${final.start}, ${record.value} at ${offset} was to be kept until ${keptUntil}`;
    return [{ name: 'over-retention', detail }];
  }
  return [];
}

/** A reader of a compacted log finds at least the last value of every key. */
export function compactedValues(view: PartitionView, history: History): Anomaly[] {
  const { final } = view;
  if (final === undefined || !final.compacted) return [];
  const there = new Set(final.records.map((record) => record.value));
  const found: Anomaly[] = [];
  for (const [key, { offset, record }] of lastOfKeys(view)) {
    if (offset < final.start || there.has(record.value)) continue;
    if (record.tombstone !== true) {
      if (mayBeDeleted(key, record, view, history)) continue;
      found.push({
        name: 'compaction-lost-value',
        detail: `${view.name}: the last value of ${key}, ${record.value} at ${offset}, is gone`,
      });
    } else if (isYoung(record, final, history)) {
      found.push({ name: 'tombstone-too-early', detail: `${view.name}: the tombstone of ${key} at ${offset} is gone` });
    }
  }
  return found;
}

/** A tombstone whose send was never answered may have been stored behind a value, and have gone in its time, before anybody saw it. */
function mayBeDeleted(key: string, value: SentRecord, view: PartitionView, history: History): boolean {
  const began = Math.min(...(view.sends.get(value.value) ?? []).map((produce) => produce.began));
  return view.produces.some(
    ({ outcome, ended, records }) =>
      (outcome.kind === 'unknown' || outcome.kind === 'killed' || outcome.kind === 'pending') &&
      ended >= began &&
      records.some((one) => one.key === key && one.tombstone === true && !isYoung(one, view.final as FinalPartition, history)),
  );
}

function isYoung(record: SentRecord, final: FinalPartition, history: History): boolean {
  // A tombstone's time begins when it is first cleaned, which is after it was sent.
  return (record.sentMs ?? record.timestamp) + final.deleteRetentionMs > history.endMs;
}

/** The last known record of each key: the acknowledged ones, and those that were sent, not answered, and are there. */
function lastOfKeys(view: PartitionView): ReadonlyMap<string, { readonly offset: number; readonly record: SentRecord }> {
  const last = new Map<string, { offset: number; record: SentRecord }>();
  const look = (offset: number, record: SentRecord | undefined): void => {
    if (record?.key !== undefined && offset >= (last.get(record.key)?.offset ?? 0)) last.set(record.key, { offset, record });
  };
  for (const { offset, record } of acknowledged(view)) look(offset, record);
  for (const { offset, value } of view.final?.records ?? []) look(offset, view.sent.get(value));
  for (const fetch of view.fetches) for (const { offset, value } of fetch.answer?.records ?? []) look(offset, view.sent.get(value));
  return last;
}

export function sweptNames({ storage }: History): Anomaly[] {
  return [...storage.named]
    .filter((key) => !storage.stored.has(key))
    .map((key) => ({ name: 'named-object-swept', detail: `${key} is named and not stored` }));
}

/** A segment whose every footer is damaged is kept, since nobody can say whose it is. */
export function garbageLeft({ storage, endMs, harmed }: History): Anomaly[] {
  if (harmed === true) return [];
  return [...storage.stored]
    .filter(([key, putAtMs]) => !storage.named.has(key) && endMs - putAtMs > storage.garbageAfterMs)
    .map(([key, putAtMs]) => ({
      name: 'garbage-left',
      detail: `${key} was put ${endMs - putAtMs} ms before the end and nothing names it`,
    }));
}

/** Replication fills every zone. */
export function underReplicated({ storage }: History): Anomaly[] {
  return (storage.lacking ?? []).map((key) => ({ name: 'under-replicated', detail: `${key} is not in every zone` }));
}

export function failedJobs({ jobFailures = [] }: History): Anomaly[] {
  return jobFailures.map((detail) => ({ name: 'job-failed', detail }));
}

/** Every object is whole somewhere, so no reader may be told that it is not. */
export function falseLosses(history: History): Anomaly[] {
  if (history.harmed === true) return [];
  return history.operations.flatMap((operation): Anomaly[] => {
    if (operation.kind !== 'fetch' || operation.error !== 'CORRUPT_OBJECT') return [];
    return [
      {
        name: 'false-loss',
        detail: `${operation.partition}: ${operation.client} was told at ${operation.from} that an object is damaged or gone`,
      },
    ];
  });
}

/** A send ends at its time limit, whatever the stores do. */
export function lateAnswers(history: History): Anomaly[] {
  return history.operations.flatMap((operation): Anomaly[] => {
    if (operation.kind !== 'produce' || operation.lateMs === undefined) return [];
    return [
      {
        name: 'late-answer',
        detail: `${operation.client}: a send that began at tick ${operation.began} ended ${operation.lateMs} ms too late`,
      },
    ];
  });
}

export function liveness(history: History): Anomaly[] {
  return history.operations.flatMap((operation): Anomaly[] => {
    const waits = operation.kind !== 'own' && operation.ended === Number.POSITIVE_INFINITY;
    if (!waits || (operation.kind === 'produce' && operation.outcome.kind === 'killed')) return [];
    return [{ name: 'liveness', detail: `${operation.client}: ${operation.kind} that began at tick ${operation.began} never ended` }];
  });
}
