import { describe, expect, it } from 'vitest';
import { mediaTypeOf, preferred } from '../../../lib/http/negotiate.ts';

const OFFERED = ['application/json', 'application/x-ndjson', 'text/event-stream'] as const;

describe('negotiation', () => {
  it.each([
    [null, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/*', 'text/event-stream'],
    ['application/x-ndjson', 'application/x-ndjson'],
    ['Application/X-NDJSON; charset=utf-8', 'application/x-ndjson'],
    ['application/json;q=0.5, text/event-stream', 'text/event-stream'],
    ['*/*;q=0.9, text/event-stream;q=0.1', 'application/json'],
    ['application/json;q=0, */*', 'application/x-ndjson'],
    ['text/event-stream, */*', 'text/event-stream'],
    ['application/x-ndjson, application/json', 'application/x-ndjson'],
    ['text/html', undefined],
    ['text/html;q=x, application/json;q=7', undefined],
  ])('of Accept: %s chooses %s', (accept, type) => {
    expect(preferred(accept, OFFERED)).toBe(type);
  });

  it('reads a media type without its parameters', () => {
    expect(mediaTypeOf('Application/JSON; charset=utf-8')).toBe('application/json');
    expect(mediaTypeOf(null)).toBe('');
  });
});
