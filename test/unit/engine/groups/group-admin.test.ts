import { afterEach, describe, expect, it } from 'vitest';
import type { ResetTarget } from '../../../../lib/core/groups/reset-plan.ts';
import { topicFact } from '../../core/groups/world.ts';
import { GroupWorld, Member } from './group-world.ts';

let world = new GroupWorld();
afterEach(() => world.close());

/** A group of no members that has committed 500 in every partition of two topics; logs go from 0 to 1,000. */
async function idle() {
  world = new GroupWorld([topicFact(1, 3), topicFact(2, 2)]);
  const process = world.process();
  const offsets = [
    ...[0, 1, 2].map((partition) => ({ topic: 'topic-1', partition, offset: 500 })),
    ...[0, 1].map((partition) => ({ topic: 'topic-2', partition, offset: 500 })),
  ];
  await process.commit({ group: 'g', offsets });
  return process;
}
type Process = Awaited<ReturnType<typeof idle>>;
const committed = async (process: Process) =>
  (await process.fetchOffsets('g')).map(({ topic, partition, offset }) => `${topic}/${partition} ${offset}`);

describe('resetting a group', () => {
  it.each<[ResetTarget, number]>([
    [{ kind: 'earliest' }, 0],
    [{ kind: 'latest' }, 1_000],
    [{ kind: 'current' }, 500],
    [{ kind: 'offset', offset: 123 }, 123],
    [{ kind: 'offset', offset: 5_000 }, 1_000],
    [{ kind: 'shift', by: -100 }, 400],
    [{ kind: 'shift', by: 10_000 }, 1_000],
    [{ kind: 'time', timeMs: 1 }, 7],
    [{ kind: 'duration', durationMs: 60_000 }, 7],
  ])('to %o puts every partition at %i', async (target, offset) => {
    const process = await idle();
    const plan = await process.reset({ group: 'g', target });
    expect(plan.map((place) => [place.before, place.offset])).toEqual([1, 2, 3, 4, 5].map(() => [500, offset]));
    expect((await process.fetchOffsets('g')).every((place) => place.offset === offset)).toBe(true);
  });

  it('touches only the topics and partitions that are named', async () => {
    const process = await idle();
    await process.reset({
      group: 'g',
      target: { kind: 'earliest' },
      topics: [{ topic: 'topic-1', partitions: [2] }, { topic: 'topic-2' }],
    });
    expect(await committed(process)).toEqual(['topic-1/0 500', 'topic-1/1 500', 'topic-1/2 0', 'topic-2/0 0', 'topic-2/1 0']);
  });

  it('takes an offset for each partition, moved into the log', async () => {
    const process = await idle();
    const offsets = [
      { topic: 'topic-1', partition: 1, offset: 77 },
      { topic: 'topic-2', partition: 0, offset: 9_999 },
    ];
    const plan = await process.reset({ group: 'g', target: { kind: 'current' }, offsets });
    expect(plan.map((place) => place.offset)).toEqual([77, 1_000]);
    expect(await committed(process)).toEqual(['topic-1/0 500', 'topic-1/1 77', 'topic-1/2 500', 'topic-2/0 1000', 'topic-2/1 500']);
  });

  it('changes nothing when it is a dry run, also while the group has members', async () => {
    const process = await idle();
    const a = new Member('a');
    await a.beat(process);
    const plan = await process.reset({ group: 'g', target: { kind: 'earliest' }, dryRun: true });
    expect(plan.length).toBe(5);
    expect((await process.fetchOffsets('g')).every((place) => place.offset === 500)).toBe(true);
    await expect(process.reset({ group: 'g', target: { kind: 'earliest' } })).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' });
  });

  it('refuses partitions and topics that are not there, and targets that are none', async () => {
    const process = await idle();
    const reset = (more: object) => expect(process.reset({ group: 'g', target: { kind: 'earliest' }, ...more })).rejects;
    await reset({ topics: [{ topic: 'topic-9' }] }).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await reset({ topics: [{ topic: 'topic-1', partitions: [3] }] }).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await reset({ offsets: [{ topic: 'topic-1', partition: 3, offset: 0 }] }).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await reset({ target: { kind: 'offset', offset: -1 } }).toMatchObject({
      code: 'INVALID_REQUEST',
      details: { field: 'offset', value: -1 },
    });
    expect((await process.fetchOffsets('g')).every((place) => place.offset === 500)).toBe(true);
  });

  it('can name a group that is not there yet', async () => {
    world = new GroupWorld([topicFact(1, 2)]);
    const process = world.process();
    await process.reset({ group: 'new', target: { kind: 'latest' }, topics: [{ topic: 'topic-1' }] });
    expect((await process.fetchOffsets('new')).map(({ offset }) => offset)).toEqual([1_000, 1_000]);
    expect(await process.reset({ group: 'nothing', target: { kind: 'latest' } })).toEqual([]);
    await expect(process.reset({ group: 'wrong', target: { kind: 'latest' }, topics: [{ topic: 'gone' }] })).rejects.toThrow();
    expect((await process.list()).map(({ group }) => group)).toEqual(['new']);
  });
});

describe('deleting', () => {
  it('removes a group and its offsets, and refuses one that has members or is not there', async () => {
    const process = await idle();
    const a = new Member('a');
    await a.beat(process);
    await expect(process.delete('g')).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' });
    await process.leave('g', 'a');
    await process.delete('g');
    expect(await process.fetchOffsets('g')).toEqual([]);
    await expect(process.delete('g')).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' });
  });

  it('forgets single offsets of topics that no member consumes', async () => {
    const process = await idle();
    await new Member('a', ['topic-1']).beat(process);
    const forget = (topic: string, partitions?: readonly number[]) =>
      process.deleteOffsets('g', [{ topic, ...(partitions === undefined ? {} : { partitions }) }]);
    await expect(forget('topic-1', [0])).rejects.toMatchObject({ code: 'GROUP_SUBSCRIBED_TO_TOPIC' });
    await expect(forget('topic-9')).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' });
    expect(await forget('topic-2', [1])).toBe(1);
    expect(await forget('topic-2')).toBe(1);
    expect(await committed(process)).toEqual(['topic-1/0 500', 'topic-1/1 500', 'topic-1/2 500']);
  });
});
