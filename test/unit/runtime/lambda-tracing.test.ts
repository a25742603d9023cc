import { describe, expect, it } from 'vitest';
import { annotating } from '../../../lib/runtime/lambda-tracing.ts';

function annotationsOf(event: unknown, response: unknown): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const putAnnotation = (name: string, value: string | number | boolean): void => {
    found[name] = value;
  };
  annotating({ putAnnotation }).after({ event, response });
  return found;
}

const eventOf = (method: string, rawPath: string) => ({ rawPath, requestContext: { http: { method } } });

describe('the annotations of a call', () => {
  it('name method, route, topic and status of what a door was asked', () => {
    expect(annotationsOf(eventOf('POST', '/v1/topics/orders/partitions/7/batches'), { statusCode: 200 })).toEqual({
      method: 'POST',
      route: '/v1/topics/*/partitions/*/batches',
      topic: 'orders',
      status: 200,
    });
    expect(annotationsOf(eventOf('GET', '/v1/groups/g/lag'), { statusCode: 404 })).toEqual({
      method: 'GET',
      route: '/v1/groups/*/lag',
      status: 404,
    });
    expect(annotationsOf(eventOf('POST', '/v1/producers'), { statusCode: 200 })).toMatchObject({ route: '/v1/producers' });
  });

  it('name the jobs that ran and how much they did', () => {
    const reports = [
      { job: 'merge', did: { filesWritten: 2, pagesMerged: 12 } },
      { job: 'compact', did: {} },
    ];
    expect(annotationsOf({ source: 'aws.events' }, reports)).toEqual({ jobs: 'merge compact', itemsDone: 14 });
    expect(annotationsOf({}, undefined)).toEqual({});
  });
});
