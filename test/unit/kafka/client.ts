import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { requestHeaderVersion, responseHeaderVersion } from '../../../lib/kafka/api-versions.ts';
import { decodeResponseHeader, encodeRequestHeader } from '../../../lib/kafka/messages/headers.ts';
import { type ApiName, CODECS, type Messages } from '../../../lib/kafka/messages/registry.ts';
import { Reader } from '../../../lib/kafka/wire/reader.ts';
import { type Draft, Writer } from '../../../lib/kafka/wire/writer.ts';

/** The bytes of a request, with its size. */
export function requestFrame<N extends ApiName>(
  name: N,
  version: number,
  request: Draft<Messages[N]['request']>,
  correlationId = 1,
  clientId: string | null = 'test',
): Buffer {
  const codec = CODECS[name];
  const writer = new Writer();
  writer.int32(0);
  const header = { requestApiKey: codec.apiKey, requestApiVersion: version, correlationId, clientId };
  encodeRequestHeader(writer, header, requestHeaderVersion(name, version));
  codec.encodeRequest(writer, request, version);
  return Buffer.concat(writer.finish(true));
}

/** What is thrown when the server hangs up instead of answering. */
export const CLOSED = 'the connection was closed';

/** A connection that sends what it is told and collects whole answers. */
export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #correlationId = 0;
  readonly #frames: Buffer[] = [];
  readonly #waiting: ((frame: Buffer) => void)[] = [];
  closed = false;

  readonly #clientId: string;

  private constructor(socket: Socket, clientId: string) {
    this.socket = socket;
    this.#clientId = clientId;
    socket.setMaxListeners(0);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async connect(port: number, clientId = 'test'): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawClient(socket, clientId);
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next answer's bytes, without its size. */
  async nextFrame(): Promise<Buffer> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return frame;
    if (this.closed) throw new Error(CLOSED);
    return new Promise((resolve, reject) => {
      this.#waiting.push(resolve);
      this.socket.once('close', () => reject(new Error(CLOSED)));
    });
  }

  async call<N extends ApiName>(name: N, version: number, request: Draft<Messages[N]['request']>): Promise<Messages[N]['response']> {
    const correlationId = ++this.#correlationId;
    this.send(requestFrame(name, version, request, correlationId, this.#clientId));
    const answer = decodeAnswer(name, version, await this.nextFrame());
    if (answer.correlationId !== correlationId) throw new Error(`answer to ${answer.correlationId}, expected ${correlationId}`);
    return answer.response;
  }

  async untilClosed(): Promise<void> {
    if (!this.closed) await once(this.socket, 'close');
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4 && this.#received.length >= 4 + this.#received.readInt32BE(0)) {
      const end = 4 + this.#received.readInt32BE(0);
      const frame = this.#received.subarray(4, end);
      this.#received = this.#received.subarray(end);
      const waiter = this.#waiting.shift();
      if (waiter === undefined) this.#frames.push(frame);
      else waiter(frame);
    }
  }
}

export function decodeAnswer<N extends ApiName>(
  name: N,
  version: number,
  frame: Buffer,
): { correlationId: number; response: Messages[N]['response'] } {
  const reader = new Reader(frame);
  const { correlationId } = decodeResponseHeader(reader, responseHeaderVersion(name, version));
  return { correlationId, response: CODECS[name].decodeResponse(reader, version) };
}
