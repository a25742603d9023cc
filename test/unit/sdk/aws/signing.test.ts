import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signing } from '../../../../lib/sdk/aws/signing.ts';
import { isFunctionUrl, regionOfFunctionUrl } from '../../../../lib/sdk/function-url.ts';
import type { Exchange, HttpRequest } from '../../../../lib/sdk/http-exchange.ts';

const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const FUNCTION_URL = 'https://abc123.lambda-url.eu-west-1.on.aws';

/** An exchange that notes what it was given and answers with these statuses. */
function noting(...answers: { status: number; date?: string }[]): Exchange & { readonly sent: HttpRequest[] } {
  const sent: HttpRequest[] = [];
  return {
    sent,
    async send(request) {
      sent.push(request);
      const { status, date } = answers[sent.length - 1] ?? { status: 200 };
      return { status, headers: date === undefined ? {} : { date }, body: Buffer.alloc(0) };
    },
    close() {},
  };
}

const request = (more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  origin: new URL(FUNCTION_URL),
  path: '/v1/topics?limit=3',
  headers: { accept: 'application/json' },
  timeoutMs: 1_000,
  ...more,
});

const signatureOf = (sent: HttpRequest | undefined) => /Signature=([0-9a-f]{64})$/.exec(sent?.headers.authorization ?? '')?.[1];

describe('signing', () => {
  it('signs for the region in a function URL, with the host, the time and the body', async () => {
    const inner = noting();
    const body = Buffer.from('batches');
    await signing(inner, { credentials: CREDENTIALS }).send(request({ method: 'POST', body }));
    const [{ headers } = request()] = inner.sent;
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/lambda\/aws4_request, SignedHeaders=\S*host/,
    );
    expect(headers['x-amz-content-sha256']).toBe(createHash('sha256').update(body).digest('hex'));
    expect(headers['x-amz-date']).toMatch(/^\d{8}T\d{6}Z$/);
    expect(headers.accept).toBe('application/json');
  });

  it('gives another signature to another query, body or key', async () => {
    const inner = noting();
    const exchange = signing(inner, { credentials: CREDENTIALS });
    await exchange.send(request());
    await exchange.send(request({ path: '/v1/topics?limit=4' }));
    await exchange.send(request({ body: Buffer.from('x') }));
    await signing(inner, { credentials: { ...CREDENTIALS, secretAccessKey: 'other' } }).send(request());
    expect(new Set(inner.sent.map(signatureOf)).size).toBe(4);
  });

  it('sends the session token of temporary credentials', async () => {
    const inner = noting();
    await signing(inner, { credentials: async () => ({ ...CREDENTIALS, sessionToken: 'token' }) }).send(request());
    expect(inner.sent[0]?.headers['x-amz-security-token']).toBe('token');
  });

  it("learns the server's time when the own clock is off, and signs by it from then on", async () => {
    const ahead = new Date(Date.now() + 3_600_000).toUTCString();
    const inner = noting({ status: 403, date: ahead }, { status: 200, date: ahead });
    const exchange = signing(inner, { credentials: CREDENTIALS });
    expect((await exchange.send(request())).status).toBe(200);
    await exchange.send(request());
    expect(inner.sent).toHaveLength(3);
    const hours = inner.sent.map(({ headers }) => headers['x-amz-date']?.slice(9, 11));
    expect(hours[1]).not.toBe(hours[0]);
    expect(hours[2]).toBe(hours[1]);
  });

  it('does not try again what was refused at the right time', async () => {
    const inner = noting({ status: 403, date: new Date().toUTCString() });
    expect((await signing(inner, { credentials: CREDENTIALS }).send(request())).status).toBe(403);
    expect(inner.sent).toHaveLength(1);
  });

  it('says why when it has no credentials', async () => {
    const none = async () => {
      throw new Error('Could not load credentials from any providers');
    };
    await expect(signing(noting(), { credentials: none }).send(request())).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: 'the request cannot be signed: Could not load credentials from any providers',
    });
  });
});

describe('function URLs', () => {
  it('are told from other addresses', () => {
    expect(isFunctionUrl(FUNCTION_URL)).toBe(true);
    expect(regionOfFunctionUrl(new URL(FUNCTION_URL))).toBe('eu-west-1');
    for (const other of ['http://127.0.0.1:8080', 'https://lambda-url.eu-west-1.on.aws.example.com', 'https://log.example.com']) {
      expect(isFunctionUrl(other)).toBe(false);
    }
  });
});
