import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../lib/cli/program.ts';
import { type MemoryServer, startMemoryServer } from '../sdk/memory-server.ts';

let server: MemoryServer;
beforeAll(async () => {
  server = await startMemoryServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const host = { version: '1.2.3', serve: async () => undefined, gateway: async () => undefined };

async function cli(args: readonly string[], stdin = '') {
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') =>
    new PassThrough().on('data', (piece: Buffer) => (texts[name] += piece.toString('utf8'))) as PassThrough;
  const terminal = {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: sink('out'),
    stderr: sink('err'),
    interactive: false,
    env: { STRATALOG_URL: server.url },
    interrupted: new AbortController().signal,
  };
  const code = await runCli(args, terminal, host);
  return { code, ...texts };
}

describe('stratalog group', () => {
  it('consumes, lists, describes, resets and deletes', async () => {
    expect((await cli(['topic', 'create', 'orders'])).code).toBe(0);
    expect((await cli(['produce', 'orders'], 'a\nb\nc\n')).code).toBe(0);
    const read = ['consume', 'orders', '--group', 'billing', '--from', 'earliest'];
    expect((await cli([...read, '--max', '2'])).out).toBe('a\nb\n');
    expect((await cli([...read, '--max', '1'])).out).toBe('c\n');
    expect((await cli(['group', 'list'])).out).toMatch(/billing +consumer +0/);
    const reset = await cli(['group', 'reset', 'billing', '--to', 'by-1', '--topic', 'orders', '--dry-run']);
    expect(reset.out).toMatch(/nothing was changed[\s\S]*orders +0 +3 +2/);
    await cli(['group', 'reset', 'billing', '--to', 'earliest']);
    expect((await cli(['group', 'lag', 'billing'])).out).toMatch(/lag 3/);
    expect((await cli(['group', 'describe', 'billing'])).out).toMatch(/group billing: empty[\s\S]*orders +0 +0 +3 +3/);
    expect(JSON.parse((await cli(['group', 'describe', 'billing', '--json'])).out)).toMatchObject({ group: 'billing', lag: 3 });
    expect((await cli(['group', 'delete', 'billing'])).code).toBe(0);
    const gone = await cli(['group', 'describe', 'billing']);
    expect(gone.code).toBe(1);
    expect(gone.err).toMatch(/'billing' does not exist/);
  });

  it('watches a group until Ctrl-C, also while the server is away for a moment', async () => {
    await cli(['topic', 'create', 'watched']);
    await cli(['produce', 'watched'], 'a\n');
    await cli(['consume', 'watched', '--group', 'w', '--from', 'earliest', '--max', '1']);
    const interrupt = new AbortController();
    let [out, err] = ['', ''];
    const stream = (keep: (text: string) => void) => new PassThrough().on('data', (piece: Buffer) => keep(piece.toString())) as PassThrough;
    let away = false;
    const between = createServer((request, response) => {
      if (away) return void request.socket.destroy();
      void fetch(`${server.url}${request.url}`).then(async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(await answer.text());
      });
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    const terminal = {
      stdin: Readable.from([]),
      stdout: stream((text) => {
        out += text;
      }),
      stderr: stream((text) => {
        err += text;
      }),
      interactive: false,
      env: { STRATALOG_URL: `http://127.0.0.1:${(between.address() as AddressInfo).port}` },
      interrupted: interrupt.signal,
    };
    const watching = runCli(['group', 'lag', 'w', '--watch', '--interval', '1'], terminal, host);
    const until = async (condition: () => boolean) => {
      for (const end = performance.now() + 20_000; !condition(); ) {
        if (performance.now() > end) throw new Error(`not within 20 s: ${out}${err}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await until(() => out.includes('status OK, lag 0'));
    away = true;
    await until(() => err !== '');
    away = false;
    const before = out.length;
    await until(() => out.length > before);
    interrupt.abort();
    expect(await watching).toBe(0);
    between.close();
    expect((await cli(['group', 'lag', 'nobody', '--watch'])).code).toBe(1);
  });

  it('resets from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stratalog-group-'));
    try {
      await cli(['topic', 'create', 'events', '--partitions', '2']);
      await cli(['produce', 'events'], 'a\nb\nc\nd\n');
      await writeFile(join(folder, 'offsets.csv'), '# where to go\n"events",0,0\nevents,1,0\n');
      const done = await cli(['group', 'reset', 'g', '--from-file', join(folder, 'offsets.csv')]);
      expect(done.code).toBe(0);
      expect(done.out).toMatch(/events +1 +- +0/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    ['group', 'reset', 'g'],
    ['group', 'reset', 'g', '--to', 'soon'],
    ['consume', 't', '--group', 'g', '--until-end'],
  ])('answers 2 to wrong usage: %s %s %s %s', async (...args) => {
    expect((await cli(args.filter((arg) => arg !== undefined))).code).toBe(2);
  });
});
