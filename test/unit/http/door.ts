/** An HTTP door over a real engine in memory, and short words to talk to it. */

import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { createHttpApp, type HttpOptions } from '../../../lib/http/app.ts';
import type { Problem } from '../../../lib/http/contract.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';
import { createMemoryEngine, type MemoryEngineOptions } from '../../../lib/runtime/memory.ts';

export type Door = ReturnType<typeof openDoor>;

export function openDoor(options: Partial<HttpOptions> = {}, engineOptions: MemoryEngineOptions = {}) {
  const engine = createMemoryEngine(engineOptions);
  const app = createHttpApp({ engine, telemetry: SILENT, ...options });
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
    app.fetch(
      new Request(`http://stratalog.test${path}`, { method, ...init, ...(init.body == null ? {} : { duplex: 'half' }) } as RequestInit),
    );
  return {
    engine,
    app,
    send,
    get: (path: string, headers: Record<string, string> = {}) => send('GET', path, { headers }),
    json: (method: string, path: string, body: unknown, headers: Record<string, string> = {}) =>
      send(method, path, {
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    lines: (path: string, body: NonNullable<RequestInit['body']>) =>
      send('POST', path, { body, headers: { 'content-type': 'application/x-ndjson' } }),
    batches: (path: string, body: Uint8Array) =>
      send('POST', path, { body: body as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'application/vnd.stratalog.batches' } }),
    topic: (name: string, partitions = 1, configs: Record<string, string> = {}) => engine.topics.create({ name, partitions, configs }),
  };
}

/** The problem a response carries, and its status once more. */
export async function problemIn(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') throw new Error(`expected a problem, got ${response.status} ${type}: ${await response.text()}`);
  return (await response.json()) as Problem;
}

/** One record batch with the given values. */
export function batchOf(...values: readonly string[]): Buffer {
  const builder = new RecordBatchBuilder({ compression: 'none' });
  for (const value of values) builder.tryAppend({ timestamp: 1_700_000_000_000, key: null, value }, 1_000_000);
  return builder.build();
}

/** The lines of an NDJSON text as values. */
export function linesIn(text: string): Record<string, never>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
