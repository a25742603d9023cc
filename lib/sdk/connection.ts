/** How a producer, consumer or admin finds its log: the options that they share. */
import { StratalogError } from '../core/errors.ts';
import { HttpTransport } from './http-transport.ts';
import { shown } from './option-check.ts';
import type { Transport } from './transport.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8080';

export interface ConnectionOptions {
  /** Address of the HTTP API, without `/v1`; default http://127.0.0.1:8080. */
  readonly url?: string | undefined;
  /** Headers of every request, or a function that answers them anew for each (a token that expires). */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>) | undefined;
  /** Another way to the log instead of `url`; it may be shared, and close() of the client leaves it open. */
  readonly transport?: Transport | undefined;
}

export const CONNECTION_OPTION_NAMES = ['url', 'headers', 'transport'] as const satisfies readonly (keyof ConnectionOptions)[];

export interface Connection {
  readonly transport: Transport;
  /** Closes the transport when it was made here. */
  close(): Promise<void>;
}

/** The transport that the options name; INVALID_REQUEST when they contradict each other or the url is none. */
export function connect(options: ConnectionOptions): Connection {
  const { transport, url, headers } = options;
  if (transport !== undefined) {
    if (url !== undefined || headers !== undefined) {
      throw new StratalogError('INVALID_REQUEST', 'give a url or a transport, not both', { field: 'transport' });
    }
    return { transport, close: async () => undefined };
  }
  if (url !== undefined && typeof url !== 'string') {
    throw new StratalogError('INVALID_REQUEST', `url is ${shown(url)}, it must be a string`, { field: 'url', value: shown(url) });
  }
  const own = new HttpTransport({ url: url ?? DEFAULT_URL, ...(headers === undefined ? {} : { headers }) });
  return { transport: own, close: () => own.close() };
}
