/** A group's records as items: `v` the version, which conditions look at, and `j` the record as JSON. */
import { blockFromJson, blockToJson, groupFromJson, groupToJson, memberFromJson, memberToJson } from '../../core/groups/group-json.ts';
import type { GroupRecord, MemberRecord } from '../../core/groups/group-record.ts';
import type { OffsetBlock } from '../../core/groups/offset-block.ts';
import { type Item, number, text, textIn } from './item.ts';

export function fromGroup(group: GroupRecord): Item {
  return { v: number(group.version), j: text(groupToJson(group)) };
}

export function toGroup(item: Item): GroupRecord {
  return groupFromJson(textIn(item, 'j'));
}

export function fromMember(member: MemberRecord): Item {
  return { v: number(member.version), j: text(memberToJson(member)) };
}

export function toMember(item: Item): MemberRecord {
  return memberFromJson(textIn(item, 'j'));
}

export function fromBlock(block: OffsetBlock): Item {
  return { v: number(block.version), j: text(blockToJson(block)) };
}

export function toBlock(item: Item): OffsetBlock {
  return blockFromJson(textIn(item, 'j'));
}
