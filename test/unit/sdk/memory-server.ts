/** A whole server over memory, in this process: what clients are tested against. */
import { createHttpApp } from '../../../lib/http/app.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';
import { createMemoryEngine } from '../../../lib/runtime/memory.ts';
import { startHttpServer } from '../../../lib/runtime/server.ts';

export interface MemoryServer extends AsyncDisposable {
  readonly url: string;
}

export async function startMemoryServer(): Promise<MemoryServer> {
  const engine = createMemoryEngine();
  const closing = new AbortController();
  const app = createHttpApp({ engine, telemetry: SILENT, closing: closing.signal });
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    fetch: (request, env) => app.fetch(request, env as Record<string, unknown>),
  });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close(1_000);
      await engine.close();
    },
  };
}
