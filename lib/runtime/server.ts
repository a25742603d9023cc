/** The HTTP door on a port: a Node server around a fetch-style application, with limits on slow clients and a clean end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { StratalogError } from '../core/errors.ts';
import { FETCH_WAIT_MS_MAX, HTTP_BODY_BYTES_MAX } from '../core/limits.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly fetch: (request: Request, env: unknown) => Response | Promise<Response>;
  /** A body that says it is larger is refused before the client is told to send it; NDJSON has no bound. */
  readonly bodyBytesMax?: number | undefined;
  /** Connections at once, default 20,000; more are closed at once. */
  readonly connectionsMax?: number | undefined;
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /**
   * Takes no more connections, lets requests under way end for `graceMs`, then cuts those that are left.
   * Streams and long polls end by the application's own `closing` signal, which has to be aborted before.
   */
  close(graceMs: number): Promise<void>;
}

/** Kafka's broker gives a client 10 s for much more than a header. */
const HEADERS_TIMEOUT_MS = 10_000;
/** Above the 60 s that load balancers keep their own connections, so that it is they who close idle ones. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Nothing sent or received for this long: above the longest long poll. */
const IDLE_TIMEOUT_MS = FETCH_WAIT_MS_MAX + 30_000;
const CONNECTIONS_MAX = 20_000;
const HEADER_BYTES_MAX = 16 * 1024;
const NDJSON = /^application\/x-ndjson\b/i;

/** Listens. INVALID_REQUEST when the address cannot be had, with its reason. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const listener = getRequestListener(options.fetch, { overrideGlobalObjects: true });
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // Streams of any length have no bound in time; the application bounds how long a body may stand still.
      requestTimeout: 0,
      connectionsCheckingInterval: 5_000,
      noDelay: true,
    },
    listener,
  );
  server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
  server.timeout = IDLE_TIMEOUT_MS;
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (!isTooLarge(request, options.bodyBytesMax ?? HTTP_BODY_BYTES_MAX)) response.writeContinue();
    server.emit('request', request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    return socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  const address = await listen(server, options);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    host: address.address,
    port: address.port,
    url: `http://${host}:${address.port}`,
    close: (graceMs) => close(server, graceMs),
  };
}

function isTooLarge(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > limit && !NDJSON.test(request.headers['content-type'] ?? '');
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another process listens there' : error.message;
      reject(
        new StratalogError(
          'INVALID_REQUEST',
          `cannot listen on ${host}:${port}: ${why}`,
          { field: 'http', value: `${host}:${port}` },
          error,
        ),
      );
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // Connections that wait for a next request would keep the server open for as long as they like.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}
