/** Lambda function URLs want every request signed. What signs is loaded with the first request to one, and only then. */
import { LAMBDA_PAYLOAD_BYTES_MAX } from '../core/limits.ts';
import type { Exchange, HttpAnswer, HttpRequest } from './http-exchange.ts';

const FUNCTION_HOST = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;

/** Whether an address is a Lambda function URL. */
export function isFunctionUrl(url: string): boolean {
  return FUNCTION_HOST.test(new URL(url).hostname);
}

/** The region in a function URL's host name; undefined in any other address. */
export function regionOfFunctionUrl(url: URL): string | undefined {
  return FUNCTION_HOST.exec(url.hostname)?.[1];
}

/** Signs with the credentials of the usual chain. Importing the SDK loads no AWS package. */
export class LazilySigned implements Exchange {
  readonly requestBytesMax = LAMBDA_PAYLOAD_BYTES_MAX;
  readonly #inner: Exchange;
  #signed: Promise<Exchange> | undefined;

  constructor(inner: Exchange) {
    this.#inner = inner;
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    this.#signed ??= import('./aws/signing.ts').then(({ signing }) => signing(this.#inner));
    return (await this.#signed).send(request);
  }

  close(): void | Promise<void> {
    return this.#inner.close();
  }
}
