import { describe, expect, it } from 'vitest';
import { checkGroupId } from '../../../../lib/core/groups/group-record.ts';
import { shownGroupId, storedGroupId } from '../../../../lib/kafka/groups/empty-group.ts';

describe('the empty group id', () => {
  it('is stored under a name that can be, and comes back empty', () => {
    expect(checkGroupId(storedGroupId(''))).not.toBe('');
    expect(shownGroupId(storedGroupId(''))).toBe('');
    expect(shownGroupId(storedGroupId('g'))).toBe('g');
  });
});
