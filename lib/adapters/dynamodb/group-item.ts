/**
 * A group's records as items: `v` the version, which conditions look at, and the record as JSON: `j` as text, or `z` deflated.
 *
 * A block of 32 offsets is 1.9 KB of JSON, most of it the same in every row, and is written with each commit. Deflated it is one
 * write unit instead of two, for some 50 µs; members and groups are below a unit as they are.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { StratalogError } from '../../core/errors.ts';
import { blockFromJson, blockToJson, groupFromJson, groupToJson, memberFromJson, memberToJson } from '../../core/groups/group-json.ts';
import type { GroupRecord, MemberRecord } from '../../core/groups/group-record.ts';
import type { OffsetBlock } from '../../core/groups/offset-block.ts';
import { binary, binaryIn, type Item, number, text, textIn } from './item.ts';

/** Text that fits a write unit beside its key, and can be read by eye. */
const TEXT_CHARS_MAX = 600;
/** 32 offsets with 4 KB of metadata each are far below. */
const JSON_BYTES_MAX = 1024 * 1024;

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
  return { v: number(block.version), ...fromJson(blockToJson(block)) };
}

export function toBlock(item: Item): OffsetBlock {
  return blockFromJson(jsonIn(item));
}

function fromJson(json: string): Item {
  return json.length <= TEXT_CHARS_MAX ? { j: text(json) } : { z: binary(deflateRawSync(json)) };
}

function jsonIn(item: Item): string {
  if (item.z === undefined) return textIn(item, 'j');
  try {
    return inflateRawSync(binaryIn(item, 'z'), { maxOutputLength: JSON_BYTES_MAX }).toString();
  } catch (error) {
    throw new StratalogError('CORRUPT_OBJECT', `attribute 'z' of an item cannot be inflated: ${String(error)}`, { field: 'z' }, error);
  }
}
