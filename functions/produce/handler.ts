/** Appending, by direct invocation with IAM: the HTTP contract's routes for producers. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { openLambdaDoor } from '../../lib/runtime/lambda-door.ts';
import { lambdaTelemetry, publishing } from '../../lib/runtime/lambda-telemetry.ts';

const logger = new Logger();
const metrics = new Metrics();
const door = openLambdaDoor(process.env, lambdaTelemetry(logger, metrics), 'produce');

export const handler = middy(door.handle).use(injectLambdaContext(logger)).use(publishing(metrics));
