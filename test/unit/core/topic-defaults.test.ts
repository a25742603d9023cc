import { describe, expect, it } from 'vitest';
import { withDefaults, withoutDefaults } from '../../../lib/core/topic.ts';
import { TOPIC_CONFIG_NAMES } from '../../../lib/core/topic-config.ts';
import { brokerNameOf, topicDefaultsAmong, topicNameOf } from '../../../lib/core/topic-defaults.ts';
import { BROKER_CONFIG_TABLE } from '../../../lib/kafka/broker-config-table.ts';

describe("the brokers' defaults of topics", () => {
  it('have names that brokers list and take while they run, one for each setting of a topic', () => {
    const dynamic = new Set(BROKER_CONFIG_TABLE.filter(([, , change]) => change === 'dynamic').map(([name]) => name));
    const names = TOPIC_CONFIG_NAMES.map(brokerNameOf).filter((name) => name !== undefined);
    expect(names.filter((name) => !dynamic.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of TOPIC_CONFIG_NAMES) expect(topicNameOf(brokerNameOf(name) ?? '')).toBe(brokerNameOf(name) && name);
  });

  it('are found among other settings of brokers', () => {
    const given = { 'log.retention.ms': '5', 'message.max.bytes': '6', 'num.io.threads': '7', 'log.roll.ms': '8' };
    expect(topicDefaultsAmong(given)).toEqual({ 'retention.ms': '5', 'max.message.bytes': '6', 'segment.ms': '8' });
  });

  it("stand beneath a topic's own settings, and are never stored with them", () => {
    const topic = {
      id: '00000000-0000-0000-0000-000000000001' as never,
      name: 't',
      partitions: 1,
      configs: { 'retention.ms': '1' },
      createdAtMs: 0,
      version: 0,
    };
    const merged = withDefaults(topic, { 'retention.ms': '2', 'segment.ms': '3' });
    expect(merged.configs).toEqual({ 'retention.ms': '1', 'segment.ms': '3' });
    expect(withDefaults(merged, { 'segment.ms': '4' }).configs).toEqual({ 'retention.ms': '1', 'segment.ms': '4' });
    expect(withoutDefaults(merged)).toEqual(topic);
    expect(withDefaults(topic, {})).toBe(topic);
  });
});
