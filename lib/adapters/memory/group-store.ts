import type { GroupRecord, GroupView, MemberRecord } from '../../core/groups/group-record.ts';
import { type BlockKey, blockName, type OffsetBlock } from '../../core/groups/offset-block.ts';
import type { GroupStore, GroupSummary, GroupWrite, GroupWriteOutcome } from '../../ports/group-store.ts';

interface StoredGroup {
  group: GroupRecord | undefined;
  readonly members: Map<string, MemberRecord>;
  readonly blocks: Map<string, OffsetBlock>;
}

/** Groups in maps. */
export class MemoryGroupStore implements GroupStore {
  readonly #groups = new Map<string, StoredGroup>();

  async load(group: string): Promise<GroupView | undefined> {
    const stored = this.#groups.get(group);
    return stored?.group && { group: stored.group, members: new Map(stored.members) };
  }

  async peek(
    group: string,
    memberId: string,
  ): Promise<{ readonly group: GroupRecord; readonly member: MemberRecord | undefined } | undefined> {
    const stored = this.#groups.get(group);
    return stored?.group && { group: stored.group, member: stored.members.get(memberId) };
  }

  async readBlocks(group: string, keys: readonly BlockKey[]): Promise<readonly (OffsetBlock | undefined)[]> {
    const blocks = this.#groups.get(group)?.blocks;
    return keys.map((key) => blocks?.get(blockName(key)));
  }

  async allBlocks(group: string): Promise<readonly OffsetBlock[]> {
    return [...(this.#groups.get(group)?.blocks.values() ?? [])];
  }

  async write(group: string, writes: readonly GroupWrite[]): Promise<readonly GroupWriteOutcome[]> {
    const stored = this.#groups.get(group) ?? { group: undefined, members: new Map(), blocks: new Map() };
    this.#groups.set(group, stored);
    return writes.map((write) => ({ kind: this.#apply(stored, write) ? 'applied' : 'refused' }));
  }

  #apply(stored: StoredGroup, write: GroupWrite): boolean {
    switch (write.kind) {
      case 'group': {
        if ((stored.group?.version ?? 0) !== write.expected) return false;
        stored.group = write.next;
        return true;
      }
      case 'member':
        return replace(stored.members, write.memberId, write.expected, write.next);
      case 'block':
        return replace(stored.blocks, blockName(write.key), write.expected, write.next);
    }
  }

  async list(after: string | undefined, limit: number): Promise<readonly GroupSummary[]> {
    const known = [...this.#groups.values()].flatMap((stored) => (stored.group ? [stored.group] : []));
    return known
      .filter((group) => after === undefined || group.group > after)
      .sort((a, b) => (a.group < b.group ? -1 : 1))
      .slice(0, limit)
      .map(({ group, kind, members }) => ({ group, kind, members }));
  }
}

function replace<Value extends { readonly version: number }>(
  map: Map<string, Value>,
  key: string,
  expected: number,
  next: Value | undefined,
): boolean {
  if ((map.get(key)?.version ?? 0) !== expected) return false;
  if (next) map.set(key, next);
  else map.delete(key);
  return true;
}
