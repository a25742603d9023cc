import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunctions } from '../../functions/build.ts';
import { formatZones } from '../../lib/config/aws-environment.ts';
import { BUNDLE_HANDLER } from '../../lib/infra/bundles.ts';
import type { FunctionName } from '../../lib/infra/props.ts';
import type { AwsOptions } from '../../lib/runtime/aws.ts';
import { lambdaTransport } from '../../lib/sdk/aws/lambda-transport.ts';
import type { HttpTransport } from '../../lib/sdk/index.ts';
import { type LambdaRuntime, type LambdaRuntimeOptions, startLambdaRuntime } from './emulators/lambda-runtime.ts';

export interface BundledFunction {
  readonly runtime: LambdaRuntime;
  /** A client's way to the function by direct invocation. */
  transport(): HttpTransport;
  stop(): Promise<void>;
}

/** One of our functions from a freshly built bundle under AWS's runtime client, with a deployment's table and buckets. */
export async function startBundledFunction(
  name: 'produce' | 'fetch' | 'http',
  { table, zones, region = '', credentials, endpoint }: AwsOptions,
  options: Pick<LambdaRuntimeOptions, 'env' | 'traceId'> = {},
): Promise<BundledFunction> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-bundles-'));
  await buildFunctions(folder, [name satisfies FunctionName]);
  const { accessKeyId, secretAccessKey } = credentials as { accessKeyId: string; secretAccessKey: string };
  const { dynamodb, s3 } = endpoint as { dynamodb: string; s3: string };
  const runtime = await startLambdaRuntime({
    ...options,
    folder: join(folder, name),
    handler: BUNDLE_HANDLER,
    env: {
      STRATALOG_TABLE: table,
      STRATALOG_ZONES: formatZones(zones),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
      AWS_ENDPOINT_URL_S3: s3,
      POWERTOOLS_SERVICE_NAME: `log-${name}`,
      POWERTOOLS_METRICS_NAMESPACE: 'Stratalog',
      ...options.env,
    },
  });
  return {
    runtime,
    transport: () =>
      lambdaTransport({
        functions: { [name]: name },
        client: { endpoint: runtime.endpoint, region, credentials: { accessKeyId: 't', secretAccessKey: 't' } },
      }),
    async stop() {
      await runtime.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
