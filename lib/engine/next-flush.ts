import type { GrantBatch } from '../core/grant.ts';
import { NO_PRODUCER_ID, type PartitionKey, type ProducerId, partitionName } from '../core/ids.ts';

/** What one flush may hold beside others. */
interface Flushable {
  readonly key: PartitionKey;
  readonly bytes: { readonly length: number };
  readonly copies: number;
}

/**
 * Takes what goes into the next flush out of `waiting`, in order: at least one, and no more than `bytesMax` if there are
 * several. What wants fewer zones does not go with what wants more, or it would fail with it.
 */
export function takeFlush<Member extends Flushable>(waiting: Member[], bytesMax: number): Member[] {
  const copies = waiting[0]?.copies;
  if (waiting.some((member) => member.copies !== copies)) return takeOfCopies(waiting, bytesMax, copies);
  let bytes = 0;
  let count = 0;
  for (const member of waiting) {
    if (count > 0 && bytes + member.bytes.length > bytesMax) break;
    bytes += member.bytes.length;
    count++;
  }
  return waiting.splice(0, count);
}

/** Those that want so many zones, but none that came behind another one of its partition that stays. */
function takeOfCopies<Member extends Flushable>(waiting: Member[], bytesMax: number, copies: number | undefined): Member[] {
  const taken: Member[] = [];
  const partitionsLeft = new Set<string>();
  let bytes = 0;
  for (const member of waiting.splice(0)) {
    const name = partitionName(member.key);
    const fits = taken.length === 0 || bytes + member.bytes.length <= bytesMax;
    if (fits && member.copies === copies && !partitionsLeft.has(name)) {
      taken.push(member);
      bytes += member.bytes.length;
    } else {
      waiting.push(member);
      partitionsLeft.add(name);
    }
  }
  return taken;
}

/**
 * Runs of submissions with at most `producersMax` idempotent producers each, since a grant keeps every producer that it
 * grants in the lease record. A single submission is never split.
 */
export function splitByProducers<Member extends { readonly batches: readonly GrantBatch[] }>(
  members: readonly Member[],
  producersMax: number,
): readonly { members: readonly Member[]; producerIds: ReadonlySet<ProducerId> }[] {
  const runs: { members: Member[]; producerIds: Set<ProducerId> }[] = [];
  for (const member of members) {
    let run = runs.at(-1);
    if (run === undefined || run.producerIds.size + newProducers(member.batches, run.producerIds) > producersMax) {
      run = { members: [], producerIds: new Set() };
      runs.push(run);
    }
    run.members.push(member);
    for (const { producerId } of member.batches) if (producerId !== NO_PRODUCER_ID) run.producerIds.add(producerId);
  }
  return runs;
}

/** How many idempotent producers the batches have that are not among these. */
function newProducers(batches: readonly GrantBatch[], among: ReadonlySet<ProducerId>): number {
  let added: Set<ProducerId> | undefined;
  for (const { producerId } of batches) {
    if (producerId === NO_PRODUCER_ID || among.has(producerId)) continue;
    added ??= new Set();
    added.add(producerId);
  }
  return added?.size ?? 0;
}
