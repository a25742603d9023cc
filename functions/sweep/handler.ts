/** Deletes segments that nothing names. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import { openLambdaJob } from '../../lib/runtime/lambda-job.ts';
import { lambdaTelemetry, publishing } from '../../lib/runtime/lambda-telemetry.ts';
import { annotating, instrumenting } from '../../lib/runtime/lambda-tracing.ts';

const logger = new Logger();
const metrics = new Metrics();
const tracer = new Tracer({ captureHTTPsRequests: false });
const job = openLambdaJob(process.env, lambdaTelemetry(logger, metrics), metrics, ['sweep'], instrumenting(tracer));

export const handler = middy(job.handle)
  .use(captureLambdaHandler(tracer, { captureResponse: false }))
  .use(injectLambdaContext(logger))
  .use(publishing(metrics))
  .use(annotating(tracer));
