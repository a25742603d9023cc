import { describe, expect, it } from 'vitest';
import type { AccessSettings } from '../../../lib/config/aws-settings.ts';
import { checkAccess } from '../../../lib/runtime/access-guard.ts';

const ALL: AccessSettings = { kind: 'admin', topics: undefined, groups: undefined };
const PRODUCE: AccessSettings = { ...ALL, kind: 'produce', topics: ['orders'] };
const CONSUME: AccessSettings = { ...ALL, kind: 'consume', topics: ['orders'], groups: ['billing'] };

const PRODUCER_REQUESTS = ['POST /v1/topics/orders/records', 'POST /v1/topics/orders/partitions/0/batches', 'POST /v1/producers'] as const;
const CONSUMER_REQUESTS = [
  'GET /v1/topics/orders/partitions/0/records',
  'GET /v1/groups/billing/offsets',
  'POST /v1/groups/billing/heartbeat',
  'POST /v1/groups/billing/members/m/leave',
] as const;
const BOTH = ['GET /v1/topics/orders', 'GET /v1/topics/orders/partitions/3/offsets', 'GET /v1/openapi.json', 'GET /healthz'] as const;
const ADMIN_REQUESTS = [
  'POST /v1/topics',
  'DELETE /v1/topics/orders',
  'PATCH /v1/topics/orders',
  'DELETE /v1/topics/orders/partitions/0/records',
  'DELETE /v1/groups/billing',
  'POST /v1/groups/billing/reset',
  'GET /v1/groups',
  'POST /v1/maintenance/sweep',
] as const;

function isAllowed(request: string, access: AccessSettings): boolean {
  const [method = '', path = ''] = request.split(' ');
  try {
    checkAccess(method, path, access);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ACCESS_DENIED' });
    return false;
  }
}

const allowed = (requests: readonly string[], access: AccessSettings) => requests.filter((request) => isAllowed(request, access));

describe('access', () => {
  it('of an administrator is everything', () => {
    const everything = [...PRODUCER_REQUESTS, ...CONSUMER_REQUESTS, ...BOTH, ...ADMIN_REQUESTS];
    expect(allowed(everything, ALL)).toEqual(everything);
  });

  it('of producers is appending and looking at their topic', () => {
    expect(allowed([...PRODUCER_REQUESTS, ...CONSUMER_REQUESTS, ...BOTH, ...ADMIN_REQUESTS], PRODUCE)).toEqual([
      ...PRODUCER_REQUESTS,
      ...BOTH,
    ]);
  });

  it('of consumers is reading, looking at their topic and committing in their group', () => {
    expect(allowed([...PRODUCER_REQUESTS, ...CONSUMER_REQUESTS, ...BOTH, ...ADMIN_REQUESTS], CONSUME)).toEqual([
      ...CONSUMER_REQUESTS,
      ...BOTH,
    ]);
  });

  it('ends at the granted topic and group, however they are spelled', () => {
    const others = [
      'POST /v1/topics/payments/records',
      'POST /v1/topics/order%73x/partitions/0/batches',
      'GET /v1/topics/payments/partitions/0/records',
      'GET /v1/topics/payments',
      'GET /v1/groups/other/offsets',
      'GET /v1/topics',
    ];
    expect(allowed(others, PRODUCE)).toEqual([]);
    expect(allowed(others, CONSUME)).toEqual([]);
    expect(allowed(['POST /v1/topics/%6frders/records'], PRODUCE)).toHaveLength(1);
  });
});
