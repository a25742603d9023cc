import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
  const code = await runCli(args, terminal, { version: '1.2.3', serve: async () => undefined, gateway: async () => undefined });
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
