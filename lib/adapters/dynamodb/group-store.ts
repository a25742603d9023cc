import type { GroupRecord, GroupView, MemberRecord } from '../../core/groups/group-record.ts';
import type { BlockKey, OffsetBlock } from '../../core/groups/offset-block.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GroupStore, GroupSummary, GroupWrite, GroupWriteOutcome } from '../../ports/group-store.ts';
import { atVersionOrAbsent, writtenAt } from './conditions.ts';
import { fromBlock, fromGroup, fromMember, toBlock, toGroup, toMember } from './group-item.ts';
import { type Item, number, numberIn, skOf } from './item.ts';
import {
  BLOCK_PREFIX,
  blockKey,
  GROUP_NAME_PREFIX,
  GROUP_NAMES_PK,
  GROUP_SK,
  groupKey,
  groupNameKey,
  groupPk,
  type ItemKey,
  MEMBER_PREFIX,
  memberKey,
} from './key-space.ts';
import { type DynamoTable, inParallel } from './table.ts';

/** Above every character a group or member id can have. */
const HIGHEST = '\u{10ffff}';
/** A name without a group is removed when it was written down this long ago: whoever wrote it has created the group or failed. */
const NAME_KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Groups, members and offsets as items under the group's key. A group's name is written down, before the group is
 * created, under a key of its own for listings; names of groups that went are removed by a listing a day later.
 */
export class DynamoGroupStore implements GroupStore {
  readonly #table: DynamoTable;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(table: DynamoTable, clock: Pick<Clock, 'now'>) {
    this.#table = table;
    this.#clock = clock;
  }

  async load(group: string): Promise<GroupView | undefined> {
    const items = await this.#all(group, GROUP_SK, MEMBER_PREFIX + HIGHEST);
    const record = items.find((item) => skOf(item) === GROUP_SK);
    if (record === undefined) return undefined;
    const members = items.filter((item) => skOf(item).startsWith(MEMBER_PREFIX)).map(toMember);
    return { group: toGroup(record), members: new Map(members.map((member) => [member.memberId, member])) };
  }

  async peek(
    group: string,
    memberId: string,
  ): Promise<{ readonly group: GroupRecord; readonly member: MemberRecord | undefined } | undefined> {
    const [record, member] = await this.#table.getMany([groupKey(group), memberKey(group, memberId)]);
    return record && { group: toGroup(record), member: member && toMember(member) };
  }

  async readBlocks(group: string, keys: readonly BlockKey[]): Promise<readonly (OffsetBlock | undefined)[]> {
    const items = await this.#table.getMany(keys.map((key) => blockKey(group, key.topicId, key.block)));
    return items.map((item) => item && toBlock(item));
  }

  async allBlocks(group: string): Promise<readonly OffsetBlock[]> {
    return (await this.#all(group, BLOCK_PREFIX, BLOCK_PREFIX + HIGHEST)).map(toBlock);
  }

  write(group: string, writes: readonly GroupWrite[]): Promise<readonly GroupWriteOutcome[]> {
    return inParallel(writes, async (write): Promise<GroupWriteOutcome> => {
      try {
        return { kind: await this.#write(group, write) };
      } catch (cause) {
        return { kind: 'unknown', cause };
      }
    });
  }

  async #write(group: string, write: GroupWrite): Promise<'applied' | 'refused'> {
    const creates = write.kind === 'group' && write.expected === 0 && write.next !== undefined;
    if (creates) await this.#table.put(groupNameKey(group), { a: number(this.#clock.now()) });
    const { key, attributes } = target(group, write);
    const condition = atVersionOrAbsent(write.expected);
    const outcome = attributes === undefined ? await this.#table.delete(key, condition) : await this.#table.put(key, attributes, condition);
    return outcome.kind;
  }

  async list(after: string | undefined, limit: number): Promise<readonly GroupSummary[]> {
    const found: GroupSummary[] = [];
    // DynamoDB sorts by UTF-8 bytes and the port by UTF-16 units; they differ above U+D7FF, so all names are asked for.
    const names = await this.#table.query({
      pk: GROUP_NAMES_PK,
      from: GROUP_NAME_PREFIX,
      to: GROUP_NAME_PREFIX + HIGHEST,
      consistent: false,
    });
    const wanted = names
      .map((item) => ({ group: skOf(item).slice(GROUP_NAME_PREFIX.length), item }))
      .filter(({ group }) => after === undefined || group > after)
      .sort((a, b) => (a.group < b.group ? -1 : 1));
    for (let at = 0; at < wanted.length && found.length < limit; at += limit) {
      const page = wanted.slice(at, at + limit);
      const records = await this.#table.getMany(
        page.map(({ group }) => groupKey(group)),
        false,
      );
      for (const [i, { group, item }] of page.entries()) {
        const record = records[i];
        if (record === undefined) await this.#forget(group, item);
        else found.push(summaryOf(toGroup(record)));
      }
    }
    return found.slice(0, limit);
  }

  /** A group may be created at this very moment; its name is then written down anew and the condition fails. */
  async #forget(group: string, name: Item): Promise<void> {
    const at = numberIn(name, 'a');
    if (this.#clock.now() - at > NAME_KEPT_MS) await this.#table.delete(groupNameKey(group), writtenAt(at));
  }

  #all(group: string, from: string, to: string): Promise<readonly Item[]> {
    return this.#table.query({ pk: groupPk(group), from, to });
  }
}

function target(group: string, write: GroupWrite): { readonly key: ItemKey; readonly attributes: Item | undefined } {
  switch (write.kind) {
    case 'group':
      return { key: groupKey(group), attributes: write.next && fromGroup(write.next) };
    case 'member':
      return { key: memberKey(group, write.memberId), attributes: write.next && fromMember(write.next) };
    case 'block':
      return { key: blockKey(group, write.key.topicId, write.key.block), attributes: write.next && fromBlock(write.next) };
  }
}

function summaryOf({ group, kind, members }: GroupRecord): GroupSummary {
  return { group, kind, members };
}
