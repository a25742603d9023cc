import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { StratalogError } from '../core/errors.ts';
import {
  CONNECTION_IDLE_MS,
  CONNECTIONS_MAX,
  PIPELINED_REQUESTS_MAX,
  QUEUED_REQUEST_BYTES_MAX,
  SOCKET_REQUEST_BYTES_MAX,
  UNREAD_RESPONSE_BYTES_MAX,
} from '../core/limits.ts';
import { MemoryPool } from '../format/memory-pool.ts';
import { Connection, type ConnectionSettings } from './connection.ts';
import type { KafkaHandlers, KafkaLog } from './handler.ts';
import { RequestBudget } from './request-budget.ts';

/** Settings of one listener. */
export interface KafkaServerOptions {
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  readonly handlers: KafkaHandlers;
  readonly log: KafkaLog;
  /** Where requests are read into; the engine's own, so that it knows what is still needed. Default: one of the server's own. */
  readonly memory?: MemoryPool;
  /** Name of the listener, handed to handlers. Default `PLAINTEXT`. */
  readonly listener?: string;
  /** Largest request in bytes; a larger one closes its connection. Default 100 MiB. */
  readonly requestBytesMax?: number;
  /** Connections at once; more are closed as they come. Default 10,000. */
  readonly connectionsMax?: number;
  /** Milliseconds after which a silent connection is closed. Default ten minutes. */
  readonly idleMs?: number;
  /** Bytes of requests read and not answered, over all connections, past which none is read. Default 256 MiB. */
  readonly queuedBytesMax?: number;
  /** Requests of one connection read and not answered, past which it is not read. Default 64. */
  readonly pipelineMax?: number;
  /** Bytes of unread answers past which a connection's next request waits. Default 1 MiB. */
  readonly writeBufferBytesMax?: number;
}

/** A TCP server that speaks Kafka's protocol with the handlers it is given. */
export class KafkaServer {
  readonly #server: Server;
  readonly #connections = new Map<number, Connection>();
  readonly #settings: ConnectionSettings;
  readonly #log: KafkaLog;
  #nextId = 1;
  #perAddressMax = Number.POSITIVE_INFINITY;

  private constructor(options: KafkaServerOptions) {
    this.#log = options.log;
    this.#settings = {
      listener: options.listener ?? 'PLAINTEXT',
      handlers: options.handlers,
      log: options.log,
      budget: new RequestBudget(options.queuedBytesMax ?? QUEUED_REQUEST_BYTES_MAX),
      memory: options.memory ?? new MemoryPool(),
      requestBytesMax: options.requestBytesMax ?? SOCKET_REQUEST_BYTES_MAX,
      pipelineMax: options.pipelineMax ?? PIPELINED_REQUESTS_MAX,
      writeBufferBytesMax: options.writeBufferBytesMax ?? UNREAD_RESPONSE_BYTES_MAX,
      idleMs: options.idleMs ?? CONNECTION_IDLE_MS,
    };
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
    this.#server.on('drop', (drop) => {
      this.#log.warn(`connection closed: more than ${this.#server.maxConnections} connections`, { client: drop?.remoteAddress });
    });
  }

  /** Listens and answers the server once connections are taken. Rejects with Node's own error, e.g. EADDRINUSE. */
  static async listen(options: KafkaServerOptions): Promise<KafkaServer> {
    const server = new KafkaServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port, options.host, () => {
        server.#server.off('error', reject);
        resolve();
      });
    });
    server.#server.on('error', (error) => server.#log.error('listener failed', { error }));
    return server;
  }

  /** Changes the bounds of connections, of all and from one address; those that are there stay. */
  limitConnections(max: number, perAddressMax: number): void {
    this.#server.maxConnections = max;
    this.#perAddressMax = perAddressMax;
  }

  /** The port that is listened on. */
  get port(): number {
    const address = this.#server.address() as AddressInfo | null;
    if (address === null) throw new StratalogError('CLOSED', 'the Kafka server is closed');
    return address.port;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Bytes of requests that are read and not answered. */
  get queuedBytes(): number {
    return this.#settings.budget.used;
  }

  /** Takes no more connections, lets requests under way finish for up to `graceMs`, then closes what is left. */
  async close(graceMs = 5_000): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections.values()) connection.close();
    const timer = setTimeout(() => {
      for (const connection of this.#connections.values()) connection.destroy();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress;
    if (this.#perAddressMax <= this.#connections.size) {
      let same = 0;
      for (const { host } of this.#connections.values()) if (host === address) same++;
      if (same >= this.#perAddressMax) {
        this.#log.warn(`connection closed: more than ${this.#perAddressMax} connections from one address`, { client: address });
        socket.destroy();
        return;
      }
    }
    const connection = new Connection(this.#nextId++, socket, this.#settings);
    this.#connections.set(connection.id, connection);
    socket.on('close', () => this.#connections.delete(connection.id));
  }
}
