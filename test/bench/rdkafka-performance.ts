/** librdkafka's own performance program, in C: a client that costs little, so that the server is what is measured. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { command, demand, installedOnce } from '../conformance/suites/installation.ts';
import { NEEDS } from '../conformance/suites/needs.ts';
import type { KafkaTarget } from './kafka-load.ts';

/** Its sources are in this npm package. */
const PACKAGE = 'node-rdkafka@3.6.1';
const LEFT_OUT = ['--disable-ssl', '--disable-gssapi', '--disable-curl', '--disable-lz4-ext', '--disable-zstd'];
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** What it may hold of what is to be sent; its default of a GiB would be its own memory that is measured. */
const QUEUED_KIB = 64 * 1024;
const RUN_MS_MAX = 300_000;

/** What a run took: bytes of values, seconds from its first record to its last. */
export interface PerformanceRun {
  readonly bytes: number;
  readonly seconds: number;
}

/** The program, optimized as it comes; built the first time, which takes a minute. */
async function program(): Promise<string> {
  await demand("librdkafka's performance program", NEEDS.nodeRdkafka);
  const folder = await installedOnce('rdkafka-performance', PACKAGE, async (into) => {
    const source = join(into, 'source');
    await mkdir(source);
    const packed = (await command('npm', ['pack', '--silent', PACKAGE], { cwd: source })).trim().split('\n').at(-1) ?? '';
    await command('tar', ['xzf', packed], { cwd: source });
    const root = join(source, 'package/deps/librdkafka');
    await command('./configure', LEFT_OUT, { cwd: root });
    await command('make', [`-j${availableParallelism()}`, 'libs'], { cwd: root });
    await command('make', ['-C', 'examples', 'rdkafka_performance'], { cwd: root });
  });
  return join(folder, 'source/package/deps/librdkafka/examples/rdkafka_performance');
}

async function run({ host, port }: KafkaTarget, args: readonly string[]): Promise<string> {
  const all = [...args, '-b', `${host}:${port}`, '-q'];
  const { stdout } = await promisify(execFile)(await program(), all, { maxBuffer: OUTPUT_BYTES_MAX, timeout: RUN_MS_MAX });
  return stdout;
}

/** Sends records of 1 KiB with acks=all from one thread, in batches of up to so many bytes. */
export async function performanceProduce(target: KafkaTarget, topic: string, records: number, batchBytes: number): Promise<PerformanceRun> {
  const settings = [
    ...[`batch.size=${batchBytes}`, 'batch.num.messages=100000', 'linger.ms=5'],
    ...['queue.buffering.max.messages=1000000', `queue.buffering.max.kbytes=${QUEUED_KIB}`],
  ];
  const args = ['-P', '-t', topic, '-s', '1024', '-c', String(records), '-a', '-1', ...settings.flatMap((one) => ['-X', one])];
  const text = await run(target, args);
  const [, bytes, delivered, ms] =
    /messages produced \((\d+) bytes\), (\d+) delivered \(offset -?\d+, 0 failed\) in (\d+)ms/.exec(
      text.slice(text.lastIndexOf('messages produced') - 20),
    ) ?? [];
  if (Number(delivered) !== records) throw new Error(`rdkafka_performance delivered ${delivered ?? 'nothing'}: ${text.slice(-500)}`);
  return { bytes: Number(bytes), seconds: Number(ms) / 1_000 };
}

/** Reads so many records of all partitions from the start. */
export async function performanceConsume(target: KafkaTarget, topic: string, records: number, group: string): Promise<PerformanceRun> {
  const text = await run(target, ['-G', group, '-t', topic, '-X', 'auto.offset.reset=earliest', '-c', String(records)]);
  const found = [...text.matchAll(/(\d+) messages \((\d+) bytes\) consumed in (\d+)ms/g)].at(-1);
  const [, count, bytes, ms] = found ?? [];
  if (!(Number(count) >= records)) throw new Error(`rdkafka_performance consumed ${count ?? 'nothing'}: ${text.slice(-500)}`);
  return { bytes: Number(bytes), seconds: Number(ms) / 1_000 };
}
