import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../../functions/build.ts';
import { MEDIA_TYPE_BATCHES } from '../../../lib/http/contract.ts';

const ENVIRONMENT: Readonly<Record<string, string>> = {
  STRATALOG_TABLE: 'log',
  STRATALOG_ZONES: 'a=bucket-a',
  POWERTOOLS_SERVICE_NAME: 'log-test',
  POWERTOOLS_METRICS_NAMESPACE: 'Stratalog',
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  // Nothing listens there: what needs the stores fails, what does not is answered.
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};
const BUNDLE_BYTES_MAX = 1_500_000;

interface Answer {
  readonly statusCode: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const before = { ...process.env };
let doors: Readonly<Record<'http' | 'produce' | 'fetch', Handler>>;
beforeAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  const [http, produce, fetch] = await Promise.all([
    import('../../../functions/http/handler.ts'),
    import('../../../functions/produce/handler.ts'),
    import('../../../functions/fetch/handler.ts'),
  ]);
  doors = { http: http.handler as Handler, produce: produce.handler as Handler, fetch: fetch.handler as Handler };
});
afterAll(() => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
  Object.assign(process.env, before);
});

const CONTEXT = { awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => 10_500 };

/** An event of a function URL. */
const eventOf = (method: string, path: string, body?: Buffer) => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: { host: 'log', 'content-type': MEDIA_TYPE_BATCHES },
  requestContext: { http: { method, path, protocol: 'HTTP/1.1', sourceIp: '', userAgent: '' }, domainName: 'log', stage: '$default' },
  isBase64Encoded: body !== undefined,
  ...(body === undefined ? {} : { body: body.toString('base64') }),
});

const ask = async (door: keyof typeof doors, method: string, path: string, body?: Buffer) =>
  (await doors[door](eventOf(method, path, body), CONTEXT)) as Answer;
const codeOf = ({ body }: Answer) => (JSON.parse(body) as { code: string }).code;

describe('the functions that answer callers', () => {
  it('answer the events of a function URL with the routes of the server', async () => {
    for (const door of ['http', 'produce', 'fetch'] as const) expect((await ask(door, 'GET', '/healthz')).statusCode).toBe(200);
    expect((await ask('http', 'GET', '/v1/openapi.json')).statusCode).toBe(200);
    expect((await ask('http', 'GET', '/nowhere')).statusCode).toBe(404);
  });

  it('refuse what they are not for, whoever calls', async () => {
    const records = '/v1/topics/t/partitions/0/records';
    const batches = '/v1/topics/t/partitions/0/batches';
    expect(codeOf(await ask('produce', 'GET', records))).toBe('ACCESS_DENIED');
    expect(codeOf(await ask('fetch', 'POST', batches, Buffer.from('x')))).toBe('ACCESS_DENIED');
    expect(codeOf(await ask('produce', 'DELETE', '/v1/topics/t'))).toBe('ACCESS_DENIED');
  });

  it('refuse bad input before any store is asked', async () => {
    expect(codeOf(await ask('produce', 'POST', '/v1/topics/no%20name/partitions/0/batches', Buffer.from('x')))).toBe('INVALID_TOPIC');
    expect((await ask('produce', 'POST', '/v1/topics/t/partitions/0/batches', Buffer.alloc(0))).statusCode).toBe(400);
  });
});

describe('the bundles', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stratalog-bundles-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('keep within their size and hold no package that is compiled for one machine', async () => {
    const built = await buildFunctions(folder, ['produce', 'sweep']);
    for (const { name, bytes } of built) {
      expect(bytes, name).toBeLessThan(BUNDLE_BYTES_MAX);
      const inputs = Object.keys((JSON.parse(await readFile(join(folder, `${name}.meta.json`), 'utf8')) as { inputs: object }).inputs);
      expect(inputs.filter((file) => /\.node$|node_modules\/(snappy|lz4-napi|@node-rs)\//.test(file))).toEqual([]);
      expect(inputs.filter((file) => /aws-cdk|vitest|prom-client|pino/.test(file))).toEqual([]);
    }
  });
});
