/** A history arranged for the rules: what each partition's clients sent and saw. */
import type { DeleteRecords, Fetch, FinalPartition, History, ListOffsets, PartitionName, Produce, SentRecord } from '../history.ts';

export interface PartitionView {
  readonly name: PartitionName;
  readonly produces: readonly Produce[];
  readonly fetches: readonly Fetch[];
  readonly listings: readonly ListOffsets[];
  readonly deletions: readonly DeleteRecords[];
  readonly final: FinalPartition | undefined;
  /** Value to its requests: more than one when it was sent again. */
  readonly sends: ReadonlyMap<number, readonly Produce[]>;
  readonly sent: ReadonlyMap<number, SentRecord>;
}

export function viewsOf(history: History): readonly PartitionView[] {
  const names = new Set<PartitionName>(history.partitions.map((final) => final.partition));
  for (const operation of history.operations) if ('partition' in operation) names.add(operation.partition);
  return [...names].map((name) => viewOf(history, name));
}

function viewOf(history: History, name: PartitionName): PartitionView {
  const produces: Produce[] = [];
  const fetches: Fetch[] = [];
  const listings: ListOffsets[] = [];
  const deletions: DeleteRecords[] = [];
  const sends = new Map<number, Produce[]>();
  const sent = new Map<number, SentRecord>();
  for (const operation of history.operations) {
    if (!('partition' in operation) || operation.partition !== name) continue;
    if (operation.kind === 'fetch') fetches.push(operation);
    if (operation.kind === 'list-offsets') listings.push(operation);
    if (operation.kind === 'delete-records') deletions.push(operation);
    if (operation.kind !== 'produce') continue;
    produces.push(operation);
    for (const record of operation.records) {
      sent.set(record.value, record);
      const requests = sends.get(record.value);
      if (requests === undefined) sends.set(record.value, [operation]);
      else requests.push(operation);
    }
  }
  const final = history.partitions.find((partition) => partition.partition === name);
  return { name, produces, fetches, listings, deletions, final, sends, sent };
}

/** Every record that anybody was given, with where. Each final record counts as one more reading. */
export function* sightings(view: PartitionView): Generator<{ offset: number; value: number; by: string }> {
  for (const fetch of view.fetches) {
    for (const record of fetch.answer?.records ?? []) yield { ...record, by: `${fetch.client} at tick ${fetch.ended}` };
  }
  for (const record of view.final?.records ?? []) yield { ...record, by: 'the final reading' };
}

/** Where acknowledgements say records are. */
export function* acknowledged(view: PartitionView): Generator<{ offset: number; record: SentRecord; produce: Produce }> {
  for (const produce of view.produces) {
    if (produce.outcome.kind !== 'acked' || produce.acks === 0) continue;
    for (const [delta, record] of produce.records.entries()) {
      yield { offset: produce.outcome.baseOffset + delta, record, produce };
    }
  }
}
