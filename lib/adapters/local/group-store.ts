import { StratalogError } from '../../core/errors.ts';
import { blockFromJson, blockToJson, groupFromJson, groupToJson, memberFromJson, memberToJson } from '../../core/groups/group-json.ts';
import type { GroupRecord, GroupView, MemberRecord } from '../../core/groups/group-record.ts';
import { type BlockKey, blockName, type OffsetBlock } from '../../core/groups/offset-block.ts';
import type { GroupStore, GroupSummary, GroupWrite, GroupWriteOutcome } from '../../ports/group-store.ts';
import type { GroupItemWrite } from './database-commands.ts';
import type { DatabaseThread } from './database-thread.ts';

const GROUP = 'group';
const MEMBER = 'm#';
const BLOCK = 'o#';

/** Groups as rows of JSON. All writes of one call become durable at once. */
export class LocalGroupStore implements GroupStore {
  readonly #thread: DatabaseThread;

  constructor(thread: DatabaseThread) {
    this.#thread = thread;
  }

  async load(group: string): Promise<GroupView | undefined> {
    const rows = await this.#thread.call('group.load', { group });
    const record = rows.find(({ item }) => item === GROUP);
    if (record === undefined) return undefined;
    const members = rows.filter(({ item }) => item !== GROUP).map(({ json }) => memberFromJson(json));
    return { group: groupFromJson(record.json), members: new Map(members.map((member) => [member.memberId, member])) };
  }

  async peek(
    group: string,
    memberId: string,
  ): Promise<{ readonly group: GroupRecord; readonly member: MemberRecord | undefined } | undefined> {
    const [record, member] = await this.#thread.call('group.get', { group, items: [GROUP, MEMBER + memberId] });
    if (record === null || record === undefined) return undefined;
    return { group: groupFromJson(record), member: member ? memberFromJson(member) : undefined };
  }

  async readBlocks(group: string, keys: readonly BlockKey[]): Promise<readonly (OffsetBlock | undefined)[]> {
    const found = await this.#thread.call('group.get', { group, items: keys.map((key) => BLOCK + blockName(key)) });
    return found.map((json) => (json === null ? undefined : blockFromJson(json)));
  }

  async allBlocks(group: string): Promise<readonly OffsetBlock[]> {
    return (await this.#thread.call('group.blocks', { group })).map(blockFromJson);
  }

  async write(group: string, writes: readonly GroupWrite[]): Promise<readonly GroupWriteOutcome[]> {
    try {
      const applied = await this.#thread.call('group.write', { group, writes: writes.map(rowOf) });
      return applied.map((done) => ({ kind: done ? 'applied' : 'refused' }));
    } catch (error) {
      if (!(error instanceof StratalogError)) throw error;
      return writes.map(() => ({ kind: 'unknown', cause: error }));
    }
  }

  async list(after: string | undefined, limit: number): Promise<readonly GroupSummary[]> {
    const rows = await this.#thread.call('group.list', { after: after ?? null, limit });
    return rows.map(groupFromJson).map(({ group, kind, members }) => ({ group, kind, members }));
  }
}

function rowOf(write: GroupWrite): GroupItemWrite {
  const { expected, next } = write;
  const version = next?.version ?? 0;
  switch (write.kind) {
    case 'group':
      return { item: GROUP, expected, version, json: write.next ? groupToJson(write.next) : null };
    case 'member':
      return { item: MEMBER + write.memberId, expected, version, json: write.next ? memberToJson(write.next) : null };
    case 'block':
      return { item: BLOCK + blockName(write.key), expected, version, json: write.next ? blockToJson(write.next) : null };
  }
}
