import { describe, expect, it } from 'vitest';
import { batchOf, openDoor, problemIn } from '../door.ts';

// biome-ignore lint/suspicious/noExplicitAny: the test looks at what an answer holds.
const bodyOf = async (response: Response | Promise<Response>) => (await (await response).json()) as any;

async function doorWithLog() {
  const door = openDoor();
  await door.topic('orders', 2);
  for (const p of [0, 1]) await door.batches(`/v1/topics/orders/partitions/${p}/batches`, batchOf('a', 'b', 'c'));
  return door;
}

describe('the group routes', () => {
  it('join, commit, describe, leave, reset and delete', async () => {
    const door = await doorWithLog();
    const joined = await door.json('POST', '/v1/groups/g/heartbeat', { memberEpoch: 0, topics: ['orders'], owned: [] });
    expect(joined.status).toBe(200);
    const member = await bodyOf(joined);
    expect(member).toMatchObject({ memberEpoch: 1, heartbeatIntervalMs: 1_000, assignment: [{ topic: 'orders', partitions: [0, 1] }] });
    const { memberId, memberEpoch } = member;
    const offsets = [0, 1].map((partition) => ({ topic: 'orders', partition, offset: 2, metadata: 'm' }));
    const committed = await door.json('POST', '/v1/groups/g/offsets', { memberId, memberEpoch, sequence: 1, offsets });
    expect(committed.status).toBe(200);
    const group = await bodyOf(door.get('/v1/groups/g'));
    expect(group).toMatchObject({ state: 'stable', lag: 2, status: 'OK', members: [{ memberId }] });
    expect(group.partitions[0]).toMatchObject({ committedOffset: 2, endOffset: 3, lag: 1, memberId });
    expect(group.partitions[0].lagMs).toBeGreaterThan(0);
    expect((await door.json('POST', '/v1/groups/g/reset', { to: { kind: 'earliest' } })).status).toBe(409);
    expect((await door.send('POST', `/v1/groups/g/members/${memberId}/leave`)).status).toBe(204);
    const reset = await door.json('POST', '/v1/groups/g/reset', {
      to: { kind: 'shift', by: -1 },
      topics: [{ topic: 'orders', partitions: [1] }],
    });
    expect(await reset.json()).toEqual({ dryRun: false, offsets: [{ topic: 'orders', partition: 1, before: 2, offset: 1 }] });
    const kept = await bodyOf(door.get('/v1/groups/g/offsets?topic=orders'));
    expect(kept.offsets.map((o: { offset: number }) => o.offset)).toEqual([2, 1]);
    expect(await (await door.send('DELETE', '/v1/groups/g/offsets?topic=orders&partition=0')).json()).toEqual({ deleted: 1 });
    expect((await bodyOf(door.get('/v1/groups'))).groups).toEqual([{ group: 'g', kind: 'consumer', members: 0 }]);
    expect((await door.send('DELETE', '/v1/groups/g')).status).toBe(204);
    expect((await problemIn(await door.get('/v1/groups/g'))).code).toBe('GROUP_ID_NOT_FOUND');
    await door.engine.close();
  });

  it('answer each partition of a commit for itself, and typed problems to what cannot be', async () => {
    const door = await doorWithLog();
    const mixed = await door.json('POST', '/v1/groups/s/offsets', {
      offsets: [
        { topic: 'orders', partition: 0, offset: 3 },
        { topic: 'orders', partition: 1, offset: 4 },
        { topic: 'orders', partition: 9, offset: 0 },
      ],
    });
    expect(mixed.status).toBe(207);
    const { offsets } = await bodyOf(mixed);
    expect(offsets.map((o: { outcome: string; error?: { code: string } }) => o.error?.code ?? o.outcome)).toEqual([
      'committed',
      'OFFSET_OUT_OF_RANGE',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ]);
    const code = async (path: string, body: unknown) => (await problemIn(await door.json('POST', path, body))).code;
    expect(await code('/v1/groups/g/heartbeat', { memberId: 'x', memberEpoch: 3 })).toBe('UNKNOWN_MEMBER_ID');
    expect(await code(`/v1/groups/${'x'.repeat(300)}/heartbeat`, { memberEpoch: 0, topics: ['orders'] })).toBe('INVALID_GROUP_ID');
    expect(await code('/v1/groups/g/heartbeat', { memberEpoch: 0, topics: ['orders'], sessionTimeoutMs: 1 })).toBe(
      'INVALID_SESSION_TIMEOUT',
    );
    expect(await code('/v1/groups/g/heartbeat', { memberEpoch: 0 })).toBe('INVALID_REQUEST');
    expect(await code('/v1/groups/g/reset', {})).toBe('INVALID_REQUEST');
    await door.engine.close();
  });
});
