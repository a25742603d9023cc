import { describe, expect, it } from 'vitest';
import { SILENT } from '../../../lib/ports/telemetry.ts';
import { openLambdaJob } from '../../../lib/runtime/lambda-job.ts';

describe('a scheduled function', () => {
  it('wants a table and zones in its environment', () => {
    expect(() => openLambdaJob({}, SILENT, { addMetric() {} } as never, ['retain'])).toThrow(/^STRATALOG_TABLE is not set/);
  });
});
