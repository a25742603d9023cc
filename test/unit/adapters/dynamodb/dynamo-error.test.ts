import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { isRefusedTransaction, readError, writeError } from '../../../../lib/adapters/dynamodb/dynamo-error.ts';

const PUT = { action: 'PutItem', table: 'log' };
const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe("DynamoDB's errors", () => {
  it.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded', 'TransactionConflictException'])(
    '%s says that nothing was done and a later attempt may succeed',
    (name) => {
      expect(writeError(named(name), PUT).code).toBe('THROTTLED');
    },
  );

  it('say which action on which table was denied', () => {
    const denied = named('AccessDeniedException', 'User: x is not authorized to perform: dynamodb:PutItem on resource: arn');
    const error = writeError(denied, PUT);
    expect(error).toMatchObject({ code: 'ACCESS_DENIED', details: { action: 'dynamodb:PutItem', resource: 'log' } });
    expect(error.message).toContain('not authorized to perform: dynamodb:PutItem');
    expect(writeError(named('ResourceNotFoundException'), PUT).message).toContain('check its name, the region and the account');
  });

  it('tell a wrong clock, which the next attempt may have mended, from a wrong key', () => {
    const refused = (message: string) => writeError(named('InvalidSignatureException', message), PUT);
    expect(refused('Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z').code).toBe('THROTTLED');
    expect(refused('Signature not yet current: 20260101T010000Z is still later than 20260101T000500Z').code).toBe('THROTTLED');
    expect(refused('The request signature we calculated does not match the signature you provided.').code).toBe('ACCESS_DENIED');
  });

  it('leave a write open after a timeout, a cut connection or a server error, and a read to be asked again', () => {
    for (const error of [
      named('TimeoutError'),
      Object.assign(named('Error', 'socket hang up'), { code: 'ECONNRESET' }),
      named('InternalServerError'),
    ]) {
      expect(writeError(error, PUT).code).toBe('OUTCOME_UNKNOWN');
      expect(readError(error, PUT).code).toBe('STORAGE_ERROR');
    }
    expect(writeError(Object.assign(named('Error'), { code: 'ECONNREFUSED' }), PUT).code).toBe('STORAGE_ERROR');
  });

  it('tell a refused transaction from one that met another', () => {
    const cancelled = (...codes: string[]) =>
      new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });
    expect(isRefusedTransaction(cancelled('None', 'ConditionalCheckFailed'))).toBe(true);
    expect(isRefusedTransaction(cancelled('None', 'TransactionConflict'))).toBe(false);
    expect(writeError(cancelled('None', 'TransactionConflict'), PUT).code).toBe('THROTTLED');
  });
});
