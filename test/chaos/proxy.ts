/** A TCP proxy that treats connections badly: it delays, resets, or goes silent while both ends think it is there. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export type ProxyMode = 'clear' | 'slow' | 'half-open';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class ChaosProxy implements AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #targetPort: number;
  #mode: ProxyMode = 'clear';
  #delayMs = 0;
  resets = 0;

  private constructor(server: Server, port: number, targetPort: number) {
    this.port = port;
    this.#server = server;
    this.#targetPort = targetPort;
    server.on('connection', (client) => this.#join(client));
  }

  /** Listens on any free port of this machine, in front of another port of it. */
  static async start(targetPort: number): Promise<ChaosProxy> {
    const server = createServer({ allowHalfOpen: false });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return new ChaosProxy(server, address.port, targetPort);
  }

  /** `slow`: each piece of data waits; `half-open`: nothing passes in either direction and nothing is closed. */
  set(mode: ProxyMode, delayMs = 0): void {
    this.#mode = mode;
    this.#delayMs = delayMs;
  }

  /** Resets every connection, in the middle of whatever it carries. */
  reset(): void {
    for (const { client, server } of this.#pairs) {
      this.resets += 1;
      client.resetAndDestroy();
      server.resetAndDestroy();
    }
    this.#pairs.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: Socket): void {
    const server = connect(this.#targetPort, '127.0.0.1');
    const pair: Pair = { client, server };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', end).on('close', end).setNoDelay(true);
    client.on('data', (bytes) => this.#pass(bytes, server));
    server.on('data', (bytes) => this.#pass(bytes, client));
  }

  #pass(bytes: Buffer, to: Socket): void {
    // What comes while the connection is half open is lost, as on a wire that was cut.
    if (this.#mode === 'half-open') return;
    if (this.#mode === 'slow') setTimeout(() => to.write(bytes), this.#delayMs);
    else to.write(bytes);
  }
}
