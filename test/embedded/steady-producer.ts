/** The SDK's producer at a server that is another one again and again. */
import { StratalogError } from '../../lib/core/errors.ts';
import { HttpExchange } from '../../lib/sdk/http-exchange.ts';
import { HttpTransport } from '../../lib/sdk/http-transport.ts';
import { Producer } from '../../lib/sdk/index.ts';
import type { ProduceBatchesAnswer, ProduceBatchesRequest, TopicDescription } from '../../lib/sdk/transport.ts';
import type { ServerProcess } from '../bench/server-process.ts';

/** An acknowledged record: its value and the offset that the answer gave. */
export interface Acknowledged {
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
}

/** The way to whichever server is there now. */
class CurrentServer extends HttpTransport {
  /** Streams that were opened. */
  streams = 0;
  readonly #server: () => ServerProcess;
  #known: { readonly server: ServerProcess; readonly transport: HttpTransport } | undefined;

  constructor(server: () => ServerProcess) {
    super({ url: server().url });
    this.#server = server;
  }

  override produceBatches(request: ProduceBatchesRequest): Promise<ProduceBatchesAnswer> {
    return this.#ask((transport) => transport.produceBatches(request));
  }

  override initProducerId(): ReturnType<HttpTransport['initProducerId']> {
    return this.#ask((transport) => transport.initProducerId());
  }

  override describeTopic(topic: string): Promise<TopicDescription> {
    return this.#ask((transport) => transport.describeTopic(topic));
  }

  override async close(): Promise<void> {
    await this.#known?.transport.close();
    await super.close();
  }

  async #ask<Answer>(what: (transport: HttpTransport) => Promise<Answer>): Promise<Answer> {
    const server = this.#server();
    try {
      return await what(this.#transportTo(server));
    } catch (error) {
      // Between a kill and the next start somebody else's server may have the port.
      if (server.child.signalCode === null) throw error;
      throw new StratalogError('UNAVAILABLE', 'the server was killed', {}, error);
    }
  }

  #transportTo(server: ServerProcess): HttpTransport {
    if (this.#known?.server === server) return this.#known.transport;
    void this.#known?.transport.close();
    const exchange = new HttpExchange();
    const open = exchange.open.bind(exchange);
    exchange.open = (...args) => {
      this.streams++;
      return open(...args);
    };
    this.#known = { server, transport: new HttpTransport({ url: server.url, exchange }) };
    return this.#known.transport;
  }
}

/** Sends a few records at a time, without a pause, so that they go over a stream soon after each start. */
export class SteadyProducer {
  readonly acknowledged: Acknowledged[] = [];
  readonly repeated = 0;
  readonly #name: string;
  readonly #partition: number;
  readonly #topic: string;
  readonly #current: CurrentServer;

  constructor(name: string, topic: string, partition: number, server: () => ServerProcess) {
    this.#name = name;
    this.#topic = topic;
    this.#partition = partition;
    this.#current = new CurrentServer(server);
  }

  get streams(): number {
    return this.#current.streams;
  }

  async run(isOver: () => boolean): Promise<void> {
    const producer = new Producer({ transport: this.#current, lingerMs: 0, retryBackoffMs: 10, retryBackoffMaxMs: 20 });
    for (let sent = 0; !isOver(); sent += 3) {
      const values = [0, 1, 2].map((place) => `${this.#name}:${sent + place}:${'x'.repeat(Math.random() < 0.1 ? 20_000 : 100)}`);
      const places = await Promise.all(values.map((value) => producer.send({ topic: this.#topic, partition: this.#partition, value })));
      places.forEach(({ partition, offset }, place) => {
        this.acknowledged.push({ partition, offset, value: values[place] as string });
      });
    }
    await producer.close();
    await this.#current.close();
  }
}
