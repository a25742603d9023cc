import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stratalog, startStratalog } from '../../../lib/runtime/testing.ts';
import { demand } from '../suites/installation.ts';
import { NEEDS } from '../suites/needs.ts';

let broker: Stratalog;

beforeAll(async () => {
  await demand('kcat', NEEDS.kcat);
  broker = await startStratalog({ topics: [{ name: 'six', partitions: 6 }] });
});
afterAll(() => broker?.close());

async function kcat(args: readonly string[], input?: string): Promise<string> {
  const child = spawn('kcat', ['-b', broker.brokers, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input ?? '');
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise((resolve) => child.on('close', resolve)),
  ]);
  expect(code, stderr).toBe(0);
  return stdout;
}

const LINES = Array.from({ length: 1_000 }, (_, i) => `line ${i}\n`).join('');

describe('kcat', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('brings back what it sent with codec %s', async (codec) => {
    await kcat(['-P', '-t', `codec-${codec}`, '-z', codec], LINES);
    expect(await kcat(['-C', '-t', `codec-${codec}`, '-e', '-q'])).toBe(LINES);
  });

  it.each(['0', '1', 'all'])('sends with acks=%s', async (acks) => {
    await kcat(['-P', '-t', `acks-${acks}`, '-X', `acks=${acks}`], LINES);
    expect((await kcat(['-C', '-t', `acks-${acks}`, '-e', '-q', '-c', '1000'])).length).toBe(LINES.length);
  });

  it('sends idempotently, with keys, headers and empty values', async () => {
    await kcat(['-P', '-t', 'keyed', '-K', ':', '-H', 'h=1', '-Z', '-X', 'enable.idempotence=true'], 'a:1\nb:\nc:3\n');
    expect(await kcat(['-C', '-t', 'keyed', '-e', '-q', '-f', '%o %k %S %h\n'])).toBe('0 a 1 h=1\n1 b -1 h=1\n2 c 1 h=1\n');
  });

  it('lists metadata and asks offsets by time', async () => {
    expect(await kcat(['-L', '-t', 'six'])).toMatch(/topic "six" with 6 partitions/);
    await kcat(['-P', '-t', 'timed'], 'x\n');
    expect(await kcat(['-Q', '-t', 'timed:0:1'])).toMatch(/timed \[0\] offset 0/);
    expect(await kcat(['-Q', '-t', 'timed:0:-1'])).toMatch(/timed \[0\] offset 1/);
  });

  it('consumes as a member of a group and goes on where the group stood', async () => {
    await kcat(['-P', '-t', 'six'], LINES);
    const first = await kcat(['-G', 'readers', '-e', '-q', '-X', 'auto.offset.reset=earliest', 'six']);
    expect(first.split('\n').filter(Boolean).sort()).toEqual(LINES.split('\n').filter(Boolean).sort());
    await kcat(['-P', '-t', 'six'], 'last\n');
    expect(await kcat(['-G', 'readers', '-e', '-q', '-X', 'auto.offset.reset=earliest', 'six'])).toBe('last\n');
  });
});
