import { describe, expect, it } from 'vitest';
import { openDoor } from './door.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into, not programmed against.
type Json = Record<string, any>;

describe('the OpenAPI document', () => {
  it('names every route with its parameters, bodies and answers', async () => {
    const document = (await (await openDoor().get('/v1/openapi.json')).json()) as Json;
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.entries(document.paths as Json).flatMap(([path, item]) =>
      Object.keys(item as Json).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual(
      [
        'delete /v1/groups/{group}',
        'delete /v1/groups/{group}/offsets',
        'get /v1/groups',
        'get /v1/groups/{group}',
        'get /v1/groups/{group}/lag',
        'get /v1/groups/{group}/offsets',
        'post /v1/groups/{group}/heartbeat',
        'post /v1/groups/{group}/members/{member}/leave',
        'post /v1/groups/{group}/offsets',
        'post /v1/groups/{group}/reset',
        'delete /v1/topics/{topic}',
        'delete /v1/topics/{topic}/partitions/{partition}/records',
        'get /healthz',
        'get /metrics',
        'get /readyz',
        'get /v1/openapi.json',
        'get /v1/topics',
        'get /v1/topics/{topic}',
        'get /v1/topics/{topic}/partitions/{partition}/offsets',
        'get /v1/topics/{topic}/partitions/{partition}/records',
        'patch /v1/topics/{topic}',
        'post /v1/producers',
        'post /v1/topics',
        'post /v1/topics/{topic}/partitions/{partition}/batches',
        'post /v1/topics/{topic}/records',
      ].sort(),
    );
    const read = document.paths['/v1/topics/{topic}/partitions/{partition}/records'].get as Json;
    expect(read.parameters.map((parameter: Json) => parameter.name)).toContain('maxWaitMs');
    expect(read.parameters.find((parameter: Json) => parameter.name === 'maxBytes').schema).toMatchObject({ type: 'integer', minimum: 1 });
    const before = document.paths['/v1/topics/{topic}/partitions/{partition}/records'].delete.parameters.at(-1);
    expect(before).toMatchObject({ name: 'before', in: 'query', required: true });
  });

  it('has a component for every reference, and operation ids of its own', async () => {
    const document = (await (await openDoor().get('/v1/openapi.json')).json()) as Json;
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference as string);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(Object.keys(document.components.schemas)).toContain(reference.split('/').at(-1));
    }
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
