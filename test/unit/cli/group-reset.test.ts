import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offsetLines, resetTarget, resetTopics } from '../../../lib/cli/group-reset.ts';
import { runCli } from '../../../lib/cli/program.ts';
import { type MemoryServer, startMemoryServer } from '../sdk/memory-server.ts';

let server: MemoryServer;
let folder: string;
beforeAll(async () => {
  server = await startMemoryServer();
  folder = await mkdtemp(join(tmpdir(), 'stratalog-reset-'));
  await cli('topic', 'create', 'orders', '--partitions', '3');
  for (const partition of ['0', '1', '2']) await cli('produce', 'orders', '--partition', partition);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function cli(...args: readonly string[]) {
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err') =>
    new PassThrough().on('data', (piece: Buffer) => (texts[name] += piece.toString('utf8'))) as PassThrough;
  const terminal = {
    stdin: Readable.from([Buffer.from('a\nb\nc\n')]),
    stdout: sink('out'),
    stderr: sink('err'),
    interactive: false,
    env: { STRATALOG_URL: server.url },
    interrupted: new AbortController().signal,
  };
  const code = await runCli(args, terminal, { version: '1.2.3', serve: async () => undefined, gateway: async () => undefined });
  return { code, ...texts };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('stratalog group reset', () => {
  it('touches the topics and partitions that are named', async () => {
    const some = await cli('group', 'reset', 'some', '--to', '2', '--topic', 'orders:0,2');
    expect(some.out.trim().split('\n').slice(1).map((line) => line.split(/ +/).slice(1))).toEqual([['0', '-', '2'], ['2', '-', '2']]); // biome-ignore format: a table
    expect((await cli('group', 'reset', 'one', '--to', 'latest', '--topic', 'orders', '--partition', '1')).out).toMatch(/orders +1 +- +3/);
    expect((await cli('group', 'reset', 'all', '--to', 'earliest', '--topic', 'orders')).out.trim().split('\n').length).toBe(4);
  });

  it('says what is wrong with a file that cannot be read, in words', async () => {
    const missing = await cli('group', 'reset', 'g', '--from-file', join(folder, 'nowhere.csv'));
    expect(missing.code).toBe(2);
    expect(missing.err).toMatch(/--from-file: '.*nowhere.csv' cannot be read: there is no such file/);
    expect(missing.err).not.toMatch(/ENOENT/);
    expect((await cli('group', 'reset', 'g', '--from-file', folder)).err).toMatch(/it is a folder/);
  });

  it('says what is wrong with a line, by its number in the file', async () => {
    const text = (lines: string) => cli('group', 'reset', 'g', '--from-file', lines);
    expect((await text(await file('odd.csv', '# comment\n\norders,0,1\norders;1;2\n'))).err).toMatch(/Line 4 of the file is 'orders;1;2'/);
    expect((await text(await file('twice.csv', 'orders,0,1\norders,0,2\n'))).err).toMatch(/Line 2 .* again/);
    expect((await text(await file('empty.csv', '\n# nothing\n'))).err).toMatch(/has no line/);
    const unknown = await text(await file('unknown.csv', 'orders,7,1\n'));
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringMatching(/partition 7/)]);
  });

  it.each([
    [['--to', '1', '--from-file', 'x'], /either/],
    [['--from-file', 'x', '--topic', 'orders'], /does not go with --from-file/],
    [['--to', '1', '--partition', '0'], /goes with one --topic/],
    [['--to', '1', '--topic', 'a', '--topic', 'b', '--partition', '0'], /goes with one --topic/],
    [['--to', '1', '--topic', 'orders:x'], /like orders:0,2/],
  ])('refuses what does not go together: %s', async (args, words) => {
    const refused = await cli('group', 'reset', 'g', ...args);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(words);
  });

  it('reads the words of --to, of --topic and the lines of a file', () => {
    expect(resetTarget('15m')).toEqual({ kind: 'duration', durationMs: 900_000 });
    expect(resetTarget('by+7')).toEqual({ kind: 'shift', by: 7 });
    expect(resetTarget('12')).toEqual({ kind: 'offset', offset: 12 });
    expect(resetTarget('2026-03-01T12:00:00Z')).toEqual({ kind: 'time', timeMs: Date.parse('2026-03-01T12:00:00Z') });
    expect(resetTopics('b:1', resetTopics('a'))).toEqual([{ topic: 'a' }, { topic: 'b', partitions: [1] }]);
    expect(offsetLines('a,1,2\n "b" , 0 , 3\r\n')).toEqual([
      { topic: 'a', partition: 1, offset: 2 },
      { topic: 'b', partition: 0, offset: 3 },
    ]);
  });
});
