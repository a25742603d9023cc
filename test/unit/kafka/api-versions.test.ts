import { describe, expect, it } from 'vitest';
import {
  ADVERTISED_APIS,
  advertisedApi,
  isAnswered,
  requestHeaderVersion,
  responseHeaderVersion,
} from '../../../lib/kafka/api-versions.ts';
import { CODECS } from '../../../lib/kafka/messages/registry.ts';

describe('the advertised versions', () => {
  it('are ones that the codecs have, but for Produce, which old librdkafka looks for in version 0', () => {
    for (const { name, min, max } of ADVERTISED_APIS) {
      const [from, to] = CODECS[name].versions;
      expect(min, name).toBeLessThanOrEqual(max);
      expect(max, name).toBeLessThanOrEqual(to);
      if (name !== 'Produce') expect(min, name).toBeGreaterThanOrEqual(from);
    }
    const produce = advertisedApi(0);
    if (produce === undefined) throw new Error('no Produce');
    expect([produce.min, isAnswered(produce, 2), isAnswered(produce, 3), isAnswered(produce, 12)]).toEqual([0, false, true, false]);
  });

  it('hold the single versions that librdkafka before 2.11.1 tests for', () => {
    const needed: readonly [number, number][] = [
      [0, 0],
      [0, 3],
      [0, 7],
      [1, 4],
      [1, 10],
      [2, 1],
      [8, 2],
      [9, 1],
      [10, 0],
      [11, 0],
      [12, 0],
      [13, 0],
      [14, 0],
      [18, 0],
      [22, 0],
    ];
    for (const [apiKey, version] of needed) {
      const api = advertisedApi(apiKey);
      expect(api !== undefined && api.min <= version && version <= api.max, `${apiKey} ${version}`).toBe(true);
    }
  });

  it('offer no transactions and no SASL', () => {
    expect([24, 25, 26, 28, 17, 36].map(advertisedApi)).toEqual(new Array(6).fill(undefined));
  });

  it('give headers tagged fields where the message is flexible, but never to an ApiVersions response', () => {
    expect([requestHeaderVersion('Fetch', 11), requestHeaderVersion('Fetch', 12)]).toEqual([1, 2]);
    expect([responseHeaderVersion('Fetch', 11), responseHeaderVersion('Fetch', 12)]).toEqual([0, 1]);
    expect([requestHeaderVersion('ApiVersions', 3), responseHeaderVersion('ApiVersions', 3)]).toEqual([2, 0]);
    expect(requestHeaderVersion('OffsetDelete', 0)).toBe(1);
  });
});
