/** Appending, by direct invocation with IAM: the HTTP contract's routes for producers. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy from '@middy/core';
import { openLambdaDoor } from '../../lib/runtime/lambda-door.ts';
import { lambdaTelemetry, publishing } from '../../lib/runtime/lambda-telemetry.ts';
import { annotating, instrumenting } from '../../lib/runtime/lambda-tracing.ts';

const logger = new Logger();
const metrics = new Metrics();
const tracer = new Tracer({ captureHTTPsRequests: false });
const door = openLambdaDoor(process.env, lambdaTelemetry(logger, metrics), { side: 'produce', instrument: instrumenting(tracer) });

export const handler = middy(door.handle)
  .use(captureLambdaHandler(tracer, { captureResponse: false }))
  .use(injectLambdaContext(logger))
  .use(publishing(metrics))
  .use(annotating(tracer));
