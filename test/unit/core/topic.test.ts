import { describe, expect, it } from 'vitest';
import { checkPartitionCount, checkTopicName, isTopicName, topicCollisionName } from '../../../lib/core/topic.ts';
import {
  checkTopicConfig,
  checkTopicConfigs,
  configNumber,
  TOPIC_CONFIG_NAMES,
  TOPIC_CONFIG_RULES,
  writeRulesOf,
} from '../../../lib/core/topic-config.ts';

describe('topic names', () => {
  it('are those that Kafka allows', () => {
    for (const name of ['a', 'A.b_c-9', 'x'.repeat(249)]) expect([checkTopicName(name), isTopicName(name)]).toEqual([name, true]);
    for (const name of ['', '.', '..', 'a/b', 'ä', 'a b', 'x'.repeat(250), 'a\n']) {
      expect(isTopicName(name), name).toBe(false);
      expect(() => checkTopicName(name), name).toThrowError(expect.objectContaining({ code: 'INVALID_TOPIC' }));
    }
    expect(topicCollisionName('a.b')).toBe(topicCollisionName('a_b').replace('_', '_'));
  });

  it('have a bounded whole number of partitions', () => {
    expect(checkPartitionCount(6)).toBe(6);
    for (const count of [0, -1, 1.5, Number.NaN, 10_001])
      expect(() => checkPartitionCount(count)).toThrowError(expect.objectContaining({ code: 'INVALID_PARTITIONS' }));
  });
});

describe('topic settings', () => {
  it('have defaults that their own rules accept', () => {
    for (const name of TOPIC_CONFIG_NAMES)
      expect(checkTopicConfig(name, TOPIC_CONFIG_RULES[name].defaultValue), name).toBe(TOPIC_CONFIG_RULES[name].defaultValue);
  });

  it('are refused with the name, the value and the bound', () => {
    const wrong: [string, string][] = [
      ['no.such.setting', '1'],
      ['retention.ms', '-2'],
      ['retention.ms', 'soon'],
      ['retention.ms', ''],
      ['cleanup.policy', 'delete,shred'],
      ['max.message.bytes', '2147483648'],
      ['min.cleanable.dirty.ratio', '1.5'],
      ['preallocate', 'yes'],
      ['min.insync.replicas', '0'],
    ];
    for (const [name, value] of wrong) {
      expect(() => checkTopicConfigs({ [name]: value }), `${name}=${value}`).toThrowError(
        expect.objectContaining({ code: 'INVALID_CONFIG', details: expect.objectContaining({ field: name }) }),
      );
    }
  });

  it('are kept in canonical form and read as numbers', () => {
    expect(checkTopicConfigs({ 'retention.ms': '+0100', 'cleanup.policy': ' compact , delete ' })).toEqual({
      'retention.ms': '100',
      'cleanup.policy': 'compact,delete',
    });
    expect(configNumber({}, 'retention.ms')).toBe(604_800_000);
    expect(configNumber({}, 'flush.ms')).toBe(Number.MAX_SAFE_INTEGER);
    expect(writeRulesOf({ 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' })).toMatchObject({
      compacted: true,
      logAppendTime: true,
      maxMessageBytes: 1_048_588,
    });
  });
});
