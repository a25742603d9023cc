import { describe, expect, it } from 'vitest';
import { awsSettingsOf } from '../../../lib/config/aws-settings.ts';

const COMPLETE = { STRATALOG_TABLE: 'log', STRATALOG_ZONES: 'a=bucket-a,b=bucket-b' };

describe('the settings of a function', () => {
  it('are its table, its zones in order, and what its callers may do', () => {
    expect(awsSettingsOf(COMPLETE)).toEqual({
      table: 'log',
      zones: [
        { id: 'a', bucket: 'bucket-a' },
        { id: 'b', bucket: 'bucket-b' },
      ],
      access: { kind: 'admin', topics: undefined, groups: undefined },
      offsetsRetentionMs: undefined,
    });
    expect(awsSettingsOf({ ...COMPLETE, STRATALOG_OFFSETS_RETENTION_MINUTES: '30' }).offsetsRetentionMs).toBe(1_800_000);
    const narrowed = { ...COMPLETE, STRATALOG_ACCESS: 'consume', STRATALOG_TOPICS: 'orders,refunds', STRATALOG_GROUPS: 'g' };
    expect(awsSettingsOf(narrowed).access).toEqual({ kind: 'consume', topics: ['orders', 'refunds'], groups: ['g'] });
  });

  it.each([
    ['STRATALOG_TABLE', undefined],
    ['STRATALOG_ZONES', undefined],
    ['STRATALOG_ZONES', 'bucket-without-id'],
    ['STRATALOG_ACCESS', 'everything'],
    ['STRATALOG_OFFSETS_RETENTION_MINUTES', '0'],
    ['STRATALOG_OFFSETS_RETENTION_MINUTES', 'a week'],
  ])('name %s when it is %s', (name, value) => {
    expect(() => awsSettingsOf({ ...COMPLETE, [name]: value })).toThrow(new RegExp(`^${name} is `));
  });
});
