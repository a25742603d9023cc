import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { byteCount, costCommand } from '../../../lib/cli/cost.ts';

async function run(...args: string[]): Promise<string> {
  let text = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const terminal = {
    stdin: Readable.from([]),
    stdout,
    stderr: stdout,
    interactive: false,
    env: {},
    interrupted: new AbortController().signal,
  };
  await costCommand(terminal).exitOverride().parseAsync(args, { from: 'user' });
  return text;
}

describe('stratalog cost', () => {
  it('prints requests and dollars by what causes them, and which prices they are', async () => {
    const text = await run('--in', '1MB/s', '--partitions', '3', '--consumers', '0', '--retention', '0');
    expect(text).toMatch(/^FOR +SERVICE +WHAT +A MONTH +DOLLARS\n/);
    expect(text).toMatch(/append +S3 +PUT +2\.59 M +12\.96/);
    expect(text).toMatch(/\$\d+\.\d\d a month \(30 days\) at the list prices of us-east-1 as of \d{4}-\d{2}/);
  });

  it('takes a call for each record where functions are the door', async () => {
    const { workload } = JSON.parse(await run('--in', '10KB', '--record-size', '1KB', '--door', 'lambda', '--json'));
    expect(workload).toMatchObject({ flushesPerSecond: 10, partitionsPerFlush: 1, partitions: 3 });
  });

  it('adds consumer groups, each of which reads everything once', async () => {
    const flags = ['--groups', '2', '--members', '10', '--commit-interval', '60', '--partitions', '30', '--door', 'gateway'];
    const { workload } = JSON.parse(await run(...flags, '--json'));
    expect(workload).toMatchObject({ groups: 2, members: 10, commitSeconds: 60, consumers: 2 });
    expect(await run(...flags)).toMatch(/groups +DynamoDB +write units +\S+ \S* +\d/);
    expect(await run('--partitions', '30')).not.toMatch(/^groups/m);
  });

  it.each([
    ['1MB/s', 1e6],
    ['64KiB', 65_536],
    ['2.5 kb', 2_500],
    ['7', 7],
  ])('reads %s as bytes', (text, bytes) => {
    expect(byteCount(text)).toBe(bytes);
  });

  it('refuses what is no number of bytes', () => {
    expect(() => byteCount('lots')).toThrow(/1MB/);
    expect(() => byteCount('5 parsecs')).toThrow(/1MB/);
  });
});
