import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is to happen to a request. Undefined: it passes. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is cut and the store never sees the request. */
  | { readonly kind: 'cut-before' }
  /** The store does what was asked, and the answer is lost. */
  | { readonly kind: 'cut-after' }
  /** Nobody ever answers, and the store never sees the request. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly ms: number };

export interface ProxiedRequest {
  /** DynamoDB's operation, or S3's method and path. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FaultyProxy {
  readonly endpoint: string;
  /** Decides each request; changed at any time. */
  fault: (request: ProxiedRequest) => Fault | undefined;
  stop(): Promise<void>;
}

/** Stands between a client and a store on this machine, and fails as networks and services do. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const operation = String(incoming.headers['x-amz-target'] ?? `${incoming.method} ${incoming.url}`).replace('DynamoDB_20120810.', '');
    const fault = proxy.fault({ operation, headers: incoming.headers, body });
    if (fault?.kind === 'answer') return void response.writeHead(fault.status, fault.headers).end(fault.body);
    if (fault?.kind === 'cut-before') return void incoming.socket.destroy();
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'delay') await new Promise((resolve) => setTimeout(resolve, fault.ms).unref());
    forward(target, { method: incoming.method ?? 'GET', url: incoming.url ?? '/', headers: incoming.headers, body }, response, fault);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}

function forward(
  target: string,
  { method, url, headers, body }: { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer },
  response: ServerResponse,
  fault: Fault | undefined,
): void {
  // The host stays as it was signed.
  const outgoing = sendRequest(new URL(url, target), { method, headers }, (answer) => {
    const pieces: Buffer[] = [];
    answer.on('data', (piece: Buffer) => pieces.push(piece));
    answer.on('end', () => {
      if (fault?.kind === 'cut-after') return void response.socket?.destroy();
      response.writeHead(answer.statusCode ?? 500, answer.headers).end(Buffer.concat(pieces));
    });
  });
  outgoing.on('error', () => response.socket?.destroy());
  outgoing.end(body);
}

/** DynamoDB's refusals by name. */
export function dynamoRefusal(name: string, message = '', status = 400): Fault {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }),
  };
}

/** S3's refusals by name. */
export function s3Refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  };
}
