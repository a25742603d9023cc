/** Rules on who owns a partition and whose commits count. */
import type { Commit, CommittedRead, History, Ownership } from '../history.ts';
import type { Anomaly } from './anomaly.ts';

function byPartition<Item extends { readonly group: string; readonly partition: string }>(items: readonly Item[]): readonly Item[][] {
  return [...Map.groupBy(items, (item) => `${item.group} ${item.partition}`).values()];
}

/** Until when the group itself held a member for the owner. */
function heldUntil(owner: Ownership): number {
  return Math.min(owner.ended, owner.fenced);
}

export function twoOwners(history: History): Anomaly[] {
  const found: Anomaly[] = [];
  const all = history.operations.filter((operation): operation is Ownership => operation.kind === 'own');
  for (const owners of byPartition(all)) {
    owners.sort((one, other) => one.began - other.began);
    for (const [at, owner] of owners.entries()) {
      for (const later of owners.slice(at + 1)) {
        // News that reach a member after it was fenced give it nothing.
        if (later.member === owner.member || later.fenced <= later.began || later.began >= heldUntil(owner)) continue;
        const detail = `${owner.group} ${owner.partition}: ${later.member} was given it at tick ${later.began}, ${owner.member} held it`;
        found.push({ name: 'two-owners', detail });
      }
    }
  }
  return found;
}

/** A commit that begins after another member was given the partition in a later epoch is refused. */
export function fencedCommits(history: History): Anomaly[] {
  const owners = history.operations.filter((operation): operation is Ownership => operation.kind === 'own');
  return history.operations.flatMap((commit): Anomaly[] => {
    if (commit.kind !== 'commit' || commit.outcome !== 'accepted') return [];
    const successor = owners.find(
      (owner) =>
        owner.group === commit.group &&
        owner.partition === commit.partition &&
        owner.member !== commit.member &&
        owner.memberEpoch > commit.memberEpoch &&
        owner.began < commit.began,
    );
    if (successor === undefined) return [];
    const detail = `${commit.group} ${commit.partition}: ${commit.member} of epoch ${commit.memberEpoch} committed ${commit.offset}, ${successor.member} owned it in epoch ${successor.memberEpoch}`;
    return [{ name: 'fenced-commit', detail }];
  });
}

/** Whoever holds a partition may commit it. */
export function refusedOwners(history: History): Anomaly[] {
  return history.operations.flatMap((commit): Anomaly[] => {
    if (commit.kind !== 'commit' || commit.outcome !== 'refused' || commit.isOwner !== true) return [];
    const detail = `${commit.group} ${commit.partition}: ${commit.member} held it in epoch ${commit.memberEpoch} and could not commit ${commit.offset}`;
    return [{ name: 'owner-refused', detail }];
  });
}

/**
 * A reader finds the newest accepted commit, or one that was under way when it asked. Those of an earlier owner were under way
 * before the partition moved, whenever they ended: what the later owner committed comes after them.
 */
export function lostCommits(history: History): Anomaly[] {
  const commits = history.operations.filter((operation): operation is Commit => operation.kind === 'commit');
  const reads = history.operations.filter((operation): operation is CommittedRead => operation.kind === 'committed-read');
  const found: Anomaly[] = [];
  for (const read of reads) {
    if (read.offset === undefined) continue;
    const own = commits.filter((commit) => commit.group === read.group && commit.partition === read.partition);
    const settled = own.filter((commit) => commit.outcome === 'accepted' && commit.ended < read.began);
    const newest = Math.max(-1, ...settled.map((commit) => commit.began));
    const epoch = Math.max(-1, ...settled.map((commit) => commit.memberEpoch));
    const candidates = own.filter(
      (commit) => commit.outcome !== 'refused' && commit.began < read.ended && commit.ended > newest && commit.memberEpoch >= epoch,
    );
    if (settled.length === 0 || candidates.some((commit) => commit.offset === read.offset)) continue;
    const detail = `${read.group} ${read.partition}: ${read.client} found ${read.offset}, committed was ${settled.at(-1)?.offset}`;
    found.push({ name: 'lost-commit', detail });
  }
  return found;
}
