import { describe, expect, it } from 'vitest';
import { objectError } from '../../../../lib/adapters/s3/s3-error.ts';

const GET = { action: 's3:GetObject', bucket: 'log', key: 'wal/00/x' };
const answered = (name: string, status: number) => Object.assign(new Error(''), { name, $metadata: { httpStatusCode: status } });

describe("S3's errors", () => {
  it.each([
    ['SlowDown', 503],
    ['ServiceUnavailable', 503],
    ['ConditionalRequestConflict', 409],
    ['RequestTimeTooSkewed', 403],
  ])('%s is worth another attempt', (name, status) => {
    expect(objectError(answered(name, status), GET).code).toBe('THROTTLED');
  });

  it.each([
    ['InternalError', 500],
    ['TimeoutError', 0],
    ['RequestTimeout', 400],
  ])('%s may be repeated, as every request of ours', (name, status) => {
    expect(objectError(answered(name, status), GET)).toMatchObject({ code: 'STORAGE_ERROR', retriable: true });
  });

  it('say which action on which object was denied, and that a bucket is elsewhere', () => {
    const denied = objectError(answered('AccessDenied', 403), GET);
    expect(denied).toMatchObject({ code: 'ACCESS_DENIED', details: { action: 's3:GetObject', resource: 'arn:aws:s3:::log/wal/00/x' } });
    expect(denied.message).toContain('s3:GetObject on arn:aws:s3:::log/wal/00/x');
    expect(objectError(answered('PermanentRedirect', 301), GET).message).toContain('another region');
    expect(objectError(answered('NoSuchBucket', 404), GET).code).toBe('ACCESS_DENIED');
  });
});
