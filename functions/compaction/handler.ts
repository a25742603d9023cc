/** Merges segments into files of one partition, and keeps the last record per key where a topic asks for it. */
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import middy from '@middy/core';
import { openLambdaJob } from '../../lib/runtime/lambda-job.ts';
import { lambdaTelemetry, publishing } from '../../lib/runtime/lambda-telemetry.ts';

const logger = new Logger();
const metrics = new Metrics();
const job = openLambdaJob(process.env, lambdaTelemetry(logger, metrics), metrics, ['merge', 'compact']);

export const handler = middy(job.handle).use(injectLambdaContext(logger)).use(publishing(metrics));
