import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExitCode, runCli } from '../../../lib/cli/program.ts';
import type { Terminal } from '../../../lib/cli/terminal.ts';
import { StratalogError } from '../../../lib/core/errors.ts';
import { RecordBatchBuilder } from '../../../lib/format/record-batch-writer.ts';
import { type MemoryServer, startMemoryServer } from '../sdk/memory-server.ts';

interface Outcome {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

interface Setup {
  readonly stdin?: string | Buffer | Readable;
  readonly env?: Record<string, string>;
  readonly interrupted?: AbortSignal;
  readonly interactive?: boolean;
  readonly onOutput?: (text: string) => void;
  readonly serve?: () => Promise<void>;
}

let server: MemoryServer;
let folder: string;
beforeAll(async () => {
  server = await startMemoryServer();
  folder = await mkdtemp(join(tmpdir(), 'stratalog-cli-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function cli(args: readonly string[], setup: Setup = {}): Promise<Outcome> {
  const texts = { out: '', err: '' };
  const sink = (name: 'out' | 'err'): PassThrough => {
    const stream = new PassThrough();
    stream.on('data', (piece: Buffer) => {
      texts[name] += piece.toString('utf8');
      setup.onOutput?.(texts.out);
    });
    return stream;
  };
  const { stdin = '' } = setup;
  const terminal: Terminal = {
    stdin: stdin instanceof Readable ? stdin : Readable.from([Buffer.from(stdin)]),
    stdout: sink('out'),
    stderr: sink('err'),
    interactive: setup.interactive ?? false,
    env: { STRATALOG_URL: server.url, ...setup.env },
    interrupted: setup.interrupted ?? new AbortController().signal,
  };
  const code = await runCli(args, terminal, {
    version: '1.2.3',
    serve: setup.serve ?? (async () => undefined),
    gateway: async () => undefined,
  });
  return { code, ...texts };
}

async function topic(name: string, partitions = 1): Promise<string> {
  await cli(['topic', 'create', name, '--partitions', String(partitions)]);
  return name;
}

describe('topic', () => {
  test('create, list, describe, alter and delete', async () => {
    expect(await cli(['topic', 'create', 'a', '--partitions', '2', '--config', 'retention.ms=1000'])).toEqual({
      code: 0,
      out: 'created a with 2 partitions, retention.ms=1000\n',
      err: '',
    });
    expect((await cli(['topic', 'list'])).out).toMatch(/TOPIC +PARTITIONS +SETTINGS\na +2 +retention\.ms=1000\n/);
    const described = await cli(['topic', 'describe', 'a', '--json']);
    expect(JSON.parse(described.out)).toMatchObject({
      name: 'a',
      offsets: [{ partition: 0, startOffset: 0, endOffset: 0 }, { partition: 1 }],
    });
    expect((await cli(['topic', 'alter', 'a', '--partitions', '3', '--reset', 'retention.ms'])).out).toBe(
      'a has 3 partitions, all settings are defaults\n',
    );
    expect(await cli(['topic', 'delete', 'a'])).toMatchObject({ code: 0, out: 'deleted a\n' });
    expect(await cli(['topic', 'describe', 'a'])).toEqual({ code: 1, out: '', err: "error: topic 'a' does not exist\n" });
  });

  test('failures are JSON with --json', async () => {
    const { code, err } = await cli(['topic', 'create', 'bad/name', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(err).error).toMatchObject({ code: 'INVALID_TOPIC', details: { field: 'name' } });
  });
});

describe('produce and consume', () => {
  test('carry text lines as they are, also a last one without its newline', async () => {
    const name = await topic('lines');
    const produced = await cli(['produce', name, '--json'], { stdin: 'one\n\n zwei \r\ndrei' });
    expect(JSON.parse(produced.out)).toMatchObject({ topic: name, records: 4, failed: 0 });
    expect((await cli(['consume', name, '--until-end'])).out).toBe('one\n\n zwei \r\ndrei\n');
    expect((await cli(['consume', name, '--until-end', '--format', 'raw'])).out).toBe('one zwei \rdrei');
    expect((await cli(['consume', name, '--from', '1', '--max', '2', '--until-end'])).out).toBe('\n zwei \r\n');
  });

  test('carry keys by a separator', async () => {
    const name = await topic('keyed', 3);
    await cli(['produce', name, '--key-separator', '\\t', '--compression', 'gzip'], { stdin: 'k1\tv\t1\nk2\tv2\n' });
    const { out } = await cli(['consume', name, '--until-end', '--key-separator', '=']);
    expect(out.split('\n').sort()).toEqual(['', 'k1=v\t1', 'k2=v2']);
    const bad = await cli(['produce', name, '--key-separator', ':'], { stdin: 'a:b\nno separator\n' });
    expect(bad).toMatchObject({ code: 1, err: 'error: line 2 has no key separator\n' });
  });

  test('what consume prints as ndjson, produce takes: bytes, nulls, headers and times', async () => {
    const [from, to] = [await topic('nd-from'), await topic('nd-to')];
    const file = join(folder, 'records.json');
    await writeFile(
      file,
      JSON.stringify([
        { key: 'k', value: 'grüße', headers: { trace: 'x', empty: null }, timestamp: 1000 },
        { key: { base64: '/w==' }, value: { json: { a: [1, 2] } } },
        { key: 'gone', value: null },
      ]),
    );
    expect((await cli(['produce', from, file, '--format', 'json'])).code).toBe(0);
    const first = (await cli(['consume', from, '--until-end', '--format', 'ndjson'])).out;
    await cli(['produce', to, '--format', 'ndjson'], { stdin: first });
    expect((await cli(['consume', to, '--until-end', '--format', 'ndjson'])).out).toBe(first);
    const records = JSON.parse((await cli(['consume', to, '--until-end', '--format', 'json'])).out);
    expect(records).toMatchObject([
      {
        offset: 0,
        timestamp: 1000,
        key: 'k',
        value: 'grüße',
        headers: [
          { key: 'trace', value: 'x' },
          { key: 'empty', value: null },
        ],
      },
      { key: { base64: '/w==' }, value: '{"a":[1,2]}' },
      { key: 'gone', value: null },
    ]);
  });

  test('a topic without records gives an empty answer and ends', async () => {
    const name = await topic('empty', 2);
    expect(await cli(['consume', name, '--until-end'])).toMatchObject({ code: 0, out: '' });
    expect((await cli(['consume', name, '--until-end', '--format', 'json'])).out).toBe('[\n]\n');
  });

  test('consume follows until it is interrupted, and that is no failure', async () => {
    const name = await topic('followed');
    const interruption = new AbortController();
    const following = cli(['consume', name, '--from', 'earliest'], {
      interrupted: interruption.signal,
      onOutput: (text) => text.includes('live') && interruption.abort(new Error('ended')),
    });
    await cli(['produce', name], { stdin: 'live\n' });
    expect(await following).toMatchObject({ code: 0, out: 'live\n' });
  });

  test('produce that is interrupted finishes what it has read and says how much', async () => {
    const name = await topic('cut');
    const interruption = new AbortController();
    const stdin = new PassThrough();
    stdin.write('one\ntwo\nunfinis');
    const producing = cli(['produce', name, '--json'], { stdin, interrupted: interruption.signal });
    await expect.poll(async () => (await cli(['consume', name, '--until-end'])).out).toBe('one\ntwo\n');
    interruption.abort(new Error('ended'));
    const { code, out } = await producing;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ records: 2, failed: 0 });
  });

  test('nothing is read when the topic is not there', async () => {
    expect(await cli(['produce', 'nope'], { stdin: 'x\n' })).toMatchObject({ code: 1, err: "error: topic 'nope' does not exist\n" });
    expect(await cli(['consume', 'nope'])).toMatchObject({ code: 1, err: "error: topic 'nope' does not exist\n" });
  });

  test('a file that is not there is a failure that names it', async () => {
    const { code, err } = await cli(['produce', await topic('nofile'), '/does/not/exist']);
    expect(code).toBe(1);
    expect(err).toContain('/does/not/exist');
  });

  test('offsets are shown, also by time', async () => {
    const name = await topic('when');
    await cli(['produce', name, '--format', 'ndjson'], {
      stdin: ['{"value":"a","timestamp":1000}', '{"value":"b","timestamp":1500000000000}', ''].join('\n'),
    });
    expect((await cli(['offsets', name])).out).toBe('PARTITION  START  END\n        0      0    2\n');
    const found = await cli(['offsets', name, '--at', '2001-01-01', '--json']);
    expect(JSON.parse(found.out)).toEqual([{ partition: 0, offset: 1, timestamp: 1500000000000 }]);
    expect((await cli(['consume', name, '--from', '2001-01-01', '--until-end'])).out).toBe('b\n');
  });
});

describe('segment dump', () => {
  test('shows batches and records, and exits with 1 when something is wrong', async () => {
    const builder = new RecordBatchBuilder({ baseOffset: 40 });
    builder.tryAppend({ timestamp: 1000, key: 'k', value: 'hello' });
    const bytes = builder.build();
    const file = join(folder, '40.log');
    await writeFile(file, bytes);
    const good = await cli(['segment', 'dump', file, '--records']);
    expect(good).toMatchObject({ code: 0, out: expect.stringContaining('batch at 0: offsets 40 to 40, 1 records') });
    expect(good.out).toContain('"k"  "hello"');
    bytes[bytes.length - 2] = 0xff;
    await writeFile(file, bytes);
    expect(await cli(['segment', 'dump', file])).toMatchObject({ code: 1, out: expect.stringContaining('WRONG CRC') });
    expect(await cli(['segment', 'dump', `${file}.not`])).toMatchObject({ code: 1, err: expect.stringContaining('it does not exist') });
  });
});

describe('usage', () => {
  test.each([
    [['bogus'], /unknown command 'bogus'/],
    [['topic', 'create'], /missing required argument 'topic'/],
    [['topic', 'create', 'a', '--partitions', 'x'], /--partitions.*must be a whole number from 1/],
    [['topic', 'alter', 'a'], /give --partitions, --config or --reset/],
    [['topic', 'create', 'a', '--config', 'x'], /It must be NAME=VALUE/],
    [['consume', 'a', '--from', 'yesterday'], /It must be earliest, latest, an offset, or a time/],
    [['consume', 'a', '--format', 'xml'], /Allowed choices are text, json, ndjson, value, raw/],
    [['produce', 'a', '--acks', '2'], /It must be all, 1 or 0/],
    [['produce', 'a', '--format', 'json', '--key-separator', ':'], /goes with --format text only/],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, err } = await cli(args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });

  test('help and version are no failure', async () => {
    expect(await cli(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
    const help = await cli(['produce', '--help']);
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('Examples:') });
  });

  test('serve with a wrong setting is 2, and one that fails is 1', async () => {
    const failing = (code: 'INVALID_CONFIG' | 'FOLDER_IN_USE') => ({
      serve: async () => {
        throw new StratalogError(code, 'the reason');
      },
    });
    expect(await cli(['serve'], failing('INVALID_CONFIG'))).toMatchObject({ code: 2, err: 'error: the reason\n' });
    expect(await cli(['serve'], failing('FOLDER_IN_USE'))).toMatchObject({ code: 1, err: 'error: the reason\n' });
  });

  test('a server that is not there is named; errors are red only where a person looks', async () => {
    const env = { STRATALOG_URL: 'http://127.0.0.1:1' };
    const { code, err } = await cli(['topic', 'list'], { env });
    expect({ code, err }).toEqual({ code: 1, err: 'error: cannot reach http://127.0.0.1:1: nothing listens there\n' });
    expect((await cli(['topic', 'list'], { env, interactive: true })).err).toContain('\u001b[31m');
    expect((await cli(['topic', 'list'], { env: { ...env, NO_COLOR: '1' }, interactive: true })).err).not.toContain('\u001b[');
  });
});
