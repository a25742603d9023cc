import { describe, expect, it } from 'vitest';
import { openDoor, problemIn } from '../door.ts';

describe('topics over HTTP', () => {
  it('are created, described, altered, listed and deleted', async () => {
    const door = openDoor();
    const created = await door.json('POST', '/v1/topics', { name: 'orders', partitions: 2, configs: { 'retention.ms': '1000' } });
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/v1/topics/orders');
    const topic = (await created.json()) as { id: string };
    expect(topic).toMatchObject({ name: 'orders', partitions: 2, configs: { 'retention.ms': '1000' } });

    const altered = await door.json('PATCH', '/v1/topics/orders', {
      partitions: 3,
      configs: { 'retention.ms': null, 'cleanup.policy': 'compact' },
    });
    expect(await altered.json()).toMatchObject({ id: topic.id, partitions: 3, configs: { 'cleanup.policy': 'compact' } });

    const described = await door.get('/v1/topics/orders');
    expect(await described.json()).toMatchObject({
      configs: { 'cleanup.policy': 'compact' },
      offsets: [0, 1, 2].map((partition) => ({ partition, startOffset: 0, endOffset: 0 })),
    });
    const all = (await (await door.get('/v1/topics/orders?configs=all')).json()) as { configs: Record<string, string> };
    expect(all.configs).toMatchObject({ 'retention.ms': '604800000', 'cleanup.policy': 'compact' });

    expect((await door.send('DELETE', '/v1/topics/orders')).status).toBe(204);
    expect((await problemIn(await door.get('/v1/topics/orders'))).code).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect((await problemIn(await door.send('DELETE', '/v1/topics/orders'))).status).toBe(404);
  });

  it('are listed page by page, each once', async () => {
    const door = openDoor();
    const names = Array.from({ length: 25 }, (_, i) => `t-${String(i).padStart(2, '0')}`);
    for (const name of names) await door.topic(name);
    const seen: string[] = [];
    let after = '';
    for (let pages = 1; ; pages++) {
      const page = (await (await door.get(`/v1/topics?limit=10${after}`)).json()) as { topics: { name: string }[]; next?: string };
      seen.push(...page.topics.map((topic) => topic.name));
      if (page.next === undefined) {
        expect(pages).toBe(3);
        break;
      }
      after = `&after=${page.next}`;
    }
    expect(seen).toEqual(names);
  });

  it('are checked and not created with validateOnly', async () => {
    const door = openDoor();
    expect((await door.json('POST', '/v1/topics', { name: 'a', validateOnly: true })).status).toBe(200);
    expect((await door.get('/v1/topics/a')).status).toBe(404);
  });

  it.each([
    [{ name: 'a/b' }, 400, 'INVALID_TOPIC', 'name'],
    [{ name: '' }, 400, 'INVALID_TOPIC', 'name'],
    [{ name: 'x'.repeat(250) }, 400, 'INVALID_TOPIC', 'name'],
    [{ name: 'taken' }, 409, 'TOPIC_ALREADY_EXISTS', undefined],
    [{ name: 'a', partitions: 0 }, 400, 'INVALID_PARTITIONS', 'partitions'],
    [{ name: 'a', partitions: 1.5 }, 400, 'INVALID_PARTITIONS', 'partitions'],
    [{ name: 'a', partitions: 1e9 }, 400, 'INVALID_PARTITIONS', 'partitions'],
    [{ name: 'a', partitions: '3' }, 400, 'INVALID_REQUEST', 'partitions'],
    [{ name: 'a', configs: { 'no.such': '1' } }, 400, 'INVALID_CONFIG', 'no.such'],
    [{ name: 'a', configs: { 'retention.ms': 5 } }, 400, 'INVALID_REQUEST', 'configs.retention.ms'],
    [{ name: 'a', shards: 2 }, 400, 'INVALID_REQUEST', 'shards'],
    [{}, 400, 'INVALID_REQUEST', 'name'],
    [[], 400, 'INVALID_REQUEST', 'body'],
    ['{"name":"a","name":"b"}', 400, 'INVALID_REQUEST', 'name'],
    ['{"name":', 400, 'INVALID_REQUEST', 'body'],
    ['', 400, 'INVALID_REQUEST', 'body'],
  ])('are not created from %j', async (body, status, code, field) => {
    const door = openDoor();
    await door.topic('taken');
    const problem = await problemIn(await door.json('POST', '/v1/topics', body));
    expect({ status: problem.status, code: problem.code, field: problem.field }).toEqual({ status, code, field });
    expect((await door.engine.topics.list()).map((topic) => topic.name)).toEqual(['taken']);
  });

  it('refuse fewer partitions and unknown settings without changing anything', async () => {
    const door = openDoor();
    await door.topic('t', 3);
    expect((await problemIn(await door.json('PATCH', '/v1/topics/t', { partitions: 2 }))).code).toBe('INVALID_PARTITIONS');
    expect((await problemIn(await door.json('PATCH', '/v1/topics/t', { configs: { nix: '1' } }))).code).toBe('INVALID_CONFIG');
    expect((await problemIn(await door.json('PATCH', '/v1/topics/none', {}))).status).toBe(404);
    expect((await door.engine.topics.get('t')).partitions).toBe(3);
  });

  it.each(['limit=0', 'limit=1001', 'limit=x', 'page=1', 'limit=1&limit=2', 'configs=some'])('are not listed with ?%s', async (query) => {
    const problem = await problemIn(await openDoor().get(`/v1/topics?${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'INVALID_REQUEST', field: query.split('=')[0] });
  });
});
