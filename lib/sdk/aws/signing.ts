/** Requests signed with AWS Signature Version 4, as function URLs and HTTP APIs with IAM want them. */
import { createHash, createHmac } from 'node:crypto';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { SignatureV4 } from '@smithy/signature-v4';
import { StratalogError } from '../../core/errors.ts';
import { LAMBDA_PAYLOAD_BYTES_MAX } from '../../core/limits.ts';
import { regionOfFunctionUrl } from '../function-url.ts';
import { type Exchange, type HttpAnswer, HttpExchange, type HttpRequest, urlOf } from '../http-exchange.ts';
import { HttpTransport } from '../http-transport.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export interface SigningOptions {
  /** Default: the one in a function URL, then `AWS_REGION`. */
  readonly region?: string | undefined;
  /** Keys, or a function that answers them; default the usual chain (environment, profile, single sign-on, container, instance). */
  readonly credentials?: Credentials | (() => Promise<Credentials>) | undefined;
  /** `lambda` (default) for function URLs, `execute-api` for an HTTP API. */
  readonly service?: 'lambda' | 'execute-api' | undefined;
}

export interface SignedTransportOptions extends SigningOptions {
  readonly url: string;
}

/** The HTTP API with signed requests; for addresses that are no function URL, and for credentials of one's own. */
export function signedTransport({ url, ...options }: SignedTransportOptions): HttpTransport {
  return new HttpTransport({ url, exchange: signing(new HttpExchange(), options) });
}

/** An exchange that signs each request and sends it on. ACCESS_DENIED when there are no credentials or no region. */
export function signing(inner: Exchange, options: SigningOptions = {}): Exchange {
  const credentials = options.credentials ?? fromNodeProviderChain();
  /** Milliseconds by which the server's clock is ahead of ours, learned from its answers. */
  let skewMs = 0;
  const signed = async (request: HttpRequest): Promise<HttpRequest> => {
    const url = urlOf(request);
    const region = options.region ?? regionOfFunctionUrl(url) ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    if (region === undefined) throw denied('no region: set AWS_REGION or give one');
    const signer = new SignatureV4({ service: options.service ?? 'lambda', region, credentials, sha256: Sha256 });
    const { method, body } = request;
    const plain = {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...request.headers },
      ...(body === undefined ? {} : { body }),
    };
    try {
      const { headers } = await signer.sign(plain, { signingDate: new Date(Date.now() + skewMs) });
      return { ...request, headers };
    } catch (error) {
      throw denied(error instanceof Error ? error.message : String(error), error);
    }
  };
  return {
    // What is signed is a function's URL, or an HTTP API in front of one.
    requestBytesMax: LAMBDA_PAYLOAD_BYTES_MAX,
    async send(request: HttpRequest): Promise<HttpAnswer> {
      const answer = await inner.send(await signed(request));
      const skew = skewIn(answer, skewMs);
      if (skew === undefined) return answer;
      // A clock that is minutes off: the server told its own time, which signs right.
      skewMs = skew;
      return inner.send(await signed(request));
    },
    close: () => inner.close(),
  };
}

/** AWS takes signatures that are up to five minutes old. */
const SKEW_MS_MAX = 4 * 60 * 1000;

/** The server's time ahead of ours, when that is why it refused; undefined else. */
function skewIn({ status, headers }: HttpAnswer, known: number): number | undefined {
  const time = status === 403 && headers.date !== undefined ? Date.parse(headers.date) : Number.NaN;
  const skew = time - Date.now();
  return Math.abs(skew - known) > SKEW_MS_MAX ? skew : undefined;
}

/** SHA-256 by Node, in the shape the signer wants; with a secret it is an HMAC. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

function denied(why: string, cause?: unknown): StratalogError {
  return new StratalogError('ACCESS_DENIED', `the request cannot be signed: ${why}`, {}, cause);
}
