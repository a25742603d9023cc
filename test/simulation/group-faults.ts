/** The group store as processes see it: each write of one call has its own fate; and an eye on who holds what. */
import type { MemberRecord } from '../../lib/core/groups/group-record.ts';
import { heldBy } from '../../lib/core/groups/group-record.ts';
import type { GroupStore, GroupWrite, GroupWriteOutcome } from '../../lib/ports/group-store.ts';
import type { WorkStore } from '../../lib/ports/work-store.ts';
import type { MethodTable, StoreGate } from './faults.ts';
import type { Ownership } from './history.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';

export const WORK_METHODS: MethodTable<WorkStore> = {
  read: 'read',
  acquire: 'write',
  renew: 'write',
  release: 'write',
  mark: 'write',
  marks: 'read',
  unmark: 'write',
};

/** Tells when the group stopped waiting for a member: when its stored record ceased to list the partition. */
export class GroupWatch {
  readonly #scheduler: Scheduler;
  /** What each member's stored record lists, and since which tick without a break. */
  readonly #held = new Map<string, ReadonlyMap<string, number>>();
  readonly #open = new Set<Ownership>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** A member was told that it owns a partition; the news may be old by then. */
  told(own: Ownership): void {
    if (this.#held.get(`${own.group} ${own.member}`)?.has(own.partition)) this.#open.add(own);
    else own.fenced = own.began;
  }

  /** Since which tick the stored record lists the partition. */
  heldSince({ group, member, partition }: Ownership): number | undefined {
    return this.#held.get(`${group} ${member}`)?.get(partition);
  }

  stored(group: string, memberId: string, record: MemberRecord | undefined): void {
    const before = this.#held.get(`${group} ${memberId}`);
    const names = record === undefined ? [] : heldBy(record).map(partitionOfName);
    const held = new Map(names.map((name) => [name, before?.get(name) ?? this.#scheduler.nextTick()]));
    this.#held.set(`${group} ${memberId}`, held);
    for (const own of this.#open) {
      if (own.group !== group || own.member !== memberId || held.has(own.partition)) continue;
      own.fenced = this.#scheduler.nextTick();
      this.#open.delete(own);
    }
  }
}

/** The name that histories use, of one like `<topic id>/3`. */
function partitionOfName(name: string): string {
  return `${name.slice(0, 8)}${name.slice(name.indexOf('/'))}`;
}

export function gatedGroupStore(gate: StoreGate, process: SimProcess, store: GroupStore, watch: GroupWatch): GroupStore {
  const writeOne = async (group: string, write: GroupWrite): Promise<GroupWriteOutcome> => {
    const what = `groups.write(${group} ${write.kind} ${write.kind === 'member' ? write.memberId.slice(0, 4) : ''} v${write.expected})`;
    try {
      return await gate.call(process, what, 'write', async () => {
        const [outcome] = await store.write(group, [write]);
        if (outcome === undefined) throw new Error('the store answered no outcome');
        if (outcome.kind === 'applied' && write.kind === 'member') watch.stored(group, write.memberId, write.next);
        return outcome;
      });
    } catch (cause) {
      return { kind: 'unknown', cause };
    }
  };
  const read = <Answer>(what: string, effect: () => Promise<Answer>): Promise<Answer> =>
    gate.call(process, `groups.${what}`, 'read', effect);
  return {
    load: (group) => read(`load(${group})`, () => store.load(group)),
    peek: (group, memberId) => read(`peek(${group})`, () => store.peek(group, memberId)),
    readBlocks: (group, keys) => read(`readBlocks(${group})`, () => store.readBlocks(group, keys)),
    allBlocks: (group) => read(`allBlocks(${group})`, () => store.allBlocks(group)),
    list: (after, limit) => read('list()', () => store.list(after, limit)),
    write: (group, writes) => Promise.all(writes.map((write) => writeOne(group, write))),
  };
}
