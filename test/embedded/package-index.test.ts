/** A real data set through the command line and back: Debian's package index, or records of its shape where there is none. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitionOfKey } from '../../lib/core/murmur2.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const run = promisify(execFile);
const CLI = join(import.meta.dirname, '../../bin/stratalog.ts');
const PARTITIONS = 6;
const GENERATED = 60_000;

interface Item {
  readonly key: string;
  readonly value: string;
}

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-index-'));
  server = await startServer({ data: join(folder, 'data') });
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Paragraphs of `apt-cache dumpavail` keyed by package; undefined where there is no such index. */
async function realIndex(): Promise<Item[] | undefined> {
  try {
    const { stdout } = await run('apt-cache', ['dumpavail'], { maxBuffer: 2 ** 30 });
    const paragraphs = stdout.split('\n\n').filter((text) => text.trim() !== '');
    return paragraphs.length < 1000 ? undefined : paragraphs.map((value) => ({ key: /^Package: (.*)$/m.exec(value)?.[1] ?? '', value }));
  } catch {
    return undefined;
  }
}

/** Records of that shape: several lines, all of Unicode, sizes from nothing to 20 kB, every fourth key a second time. */
function generatedIndex(): Item[] {
  return Array.from({ length: GENERATED }, (_, index) => {
    const key = `package-${index % 4 === 3 ? index - 1 : index}`;
    const words = 'größe \u{1f4e6} \\n "quoted" \t end '.repeat(index % 1000 === 0 ? 600 : index % 30);
    return { key, value: index % 5000 === 0 ? '' : `Package: ${key}\nVersion: 1.${index}\nDescription: ${words}\n ${index}` };
  });
}

async function cli(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [CLI, ...args, '--url', server.url], { maxBuffer: 2 ** 30 });
  return stdout;
}

/** Consumes into a file, as a shell would. */
async function consumeTo(file: string, topic: string, ...args: string[]): Promise<void> {
  const child = spawn(
    '/bin/sh',
    ['-c', `exec "$@" > '${file}'`, 'sh', process.execPath, CLI, 'consume', topic, ...args, '--url', server.url],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(0);
}

async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) lines.push(line);
  return lines;
}

/** A digest of each key's values in order: equal for what went in and what came out, or something is not as it was. */
function byKey(items: readonly Item[]): Map<string, string> {
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  for (const { key, value } of items) {
    let hash = hashes.get(key);
    if (hash === undefined) {
      hash = createHash('sha256');
      hashes.set(key, hash);
    }
    hash.update(`${Buffer.byteLength(value)}:`).update(value);
  }
  return new Map([...hashes].map(([key, hash]) => [key, hash.digest('hex')]));
}

async function throughNdjson(topic: string, items: readonly Item[]): Promise<void> {
  const input = join(folder, `${topic}.in`);
  const output = join(folder, `${topic}.out`);
  await writeFile(input, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  await cli('topic', 'create', topic, '--partitions', String(PARTITIONS));
  const produced = JSON.parse(await cli('produce', topic, input, '--format', 'ndjson', '--compression', 'lz4', '--json'));
  expect(produced).toMatchObject({ records: items.length, failed: 0 });
  await consumeTo(output, topic, '--until-end', '--format', 'ndjson');
  const back = (await linesOf(output)).map((line) => JSON.parse(line) as Item & { readonly partition: number; readonly offset: number });
  expect(back).toHaveLength(items.length);
  expect(byKey(back)).toEqual(byKey(items));
  const misplaced = back.filter(({ key, partition }) => partition !== partitionOfKey(Buffer.from(key), PARTITIONS));
  expect(misplaced).toEqual([]);
  const next = new Map<number, number>();
  const holes = back.filter(({ partition, offset }) => {
    const expected = next.get(partition) ?? 0;
    next.set(partition, offset + 1);
    return offset !== expected;
  });
  expect(holes).toEqual([]);
}

describe('a package index through produce and consume', () => {
  test("Debian's own, every byte and the order of each key", async (context) => {
    const items = await realIndex();
    if (items === undefined) context.skip('this machine has no apt-cache with an index');
    else await throughNdjson('debian', items);
  });

  test('a generated one, every byte and the order of each key', async () => {
    await throughNdjson('generated', generatedIndex());
  });

  test('as text lines with a key separator, the same bytes', async () => {
    const lines = generatedIndex()
      .slice(0, 10_000)
      .map(({ key, value }) => `${key}\t${value.replaceAll('\n', '|')}`);
    const input = join(folder, 'text.in');
    const output = join(folder, 'text.out');
    await writeFile(input, `${lines.join('\n')}\n`);
    await cli('topic', 'create', 'text');
    await cli('produce', 'text', input, '--key-separator', '\\t', '--compression', 'zstd');
    await consumeTo(output, 'text', '--until-end', '--key-separator', '\\t');
    expect(await linesOf(output)).toEqual(lines);
  });
});
