/** librdkafka's own tests, whose sources are in the npm package of Confluent's client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { javaArguments } from '../apache-kafka/install.ts';
import { doubtOfFollower, FETCH_FROM_FOLLOWER, RACKS } from './fetch-from-follower.ts';
import { command, demand, installedOnce } from './installation.ts';
import { buildLibrdkafka } from './librdkafka-build.ts';
import { NEEDS } from './needs.ts';
import { startRackGateways } from './rack-gateways.ts';
import { type SuiteServer, startSuiteServer } from './server.ts';
import type { Outcome, Suite } from './suite.ts';

const PACKAGE = '@confluentinc/kafka-javascript@1.10.1';
/** The broker version that the tests are told: it decides which of them apply. */
const KAFKA_VERSION = '4.1.0';
const TEST_SECONDS_MAX = 300;
const NO_BROKER = 'needs no broker: it tests the client alone, or against its own mock cluster';
const NUMBER_DIGITS = 4;
/** A test that ends at its first part that fails; its parts are run and shown one by one. */
const IN_PARTS = '0081_admin';
/** Tests that do nothing in the quick mode in which the others run. */
const NOT_QUICK: ReadonlySet<string> = new Set(['0082']);
const FLAGS = ['--default-partitions', '4'];

/** What tests run against, and the suite's own name for it. */
interface Ground {
  readonly scenario: string;
  start(): Promise<Pick<SuiteServer, 'brokers' | 'stop'>>;
}

const ONE_SERVER: Ground = { scenario: 'default', start: () => startSuiteServer(FLAGS) };
const NO_AUTO_CREATE: Ground = { scenario: 'noautocreate', start: () => startSuiteServer([...FLAGS, '--auto-create-topics', 'off']) };
const IN_RACKS: Ground = { scenario: 'default', start: () => startRackGateways(RACKS) };

/** One of the two group protocols for all consumers of the tests. */
export function librdkafka(protocol: 'classic' | 'consumer'): Suite {
  return {
    title: `librdkafka 2.15.1, groups of the ${protocol} protocol`,
    install,
    tests: declaredTests,
    async run(folder, tests, report) {
      const kafkaPath = await kafkaScripts(folder);
      const root = join(folder, 'source/package/deps/librdkafka/tests');
      const declared = await declarations(root);
      for (const ground of [ONE_SERVER, NO_AUTO_CREATE, IN_RACKS]) {
        const wanted = tests.filter((name) => groundOf(name, declared) === ground);
        const units = [...new Set(wanted.map((name) => (name.startsWith(IN_PARTS) ? name : name.slice(0, NUMBER_DIGITS))))];
        if (units.length === 0) continue;
        const server = await ground.start();
        const next = units.values();
        const worker = async () => {
          for (const unit of next) {
            const outcomes = await runUnit({ folder, root, kafkaPath, brokers: server.brokers, scenario: ground.scenario, protocol, unit });
            for (const name of wanted.filter((one) => (unit.includes(' ') ? one === unit : one.startsWith(unit))))
              report(outcomes.find(({ test }) => test === name) ?? { test: name, result: 'fail', seconds: 0, said: 'it told no result' });
          }
        };
        try {
          // Most of a test is waiting, so there may be more of them than processors.
          await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
        } finally {
          await server.stop();
        }
      }
    },
  };
}

async function install(): Promise<string> {
  await demand("librdkafka's suite", NEEDS.librdkafka);
  return installedOnce('librdkafka', PACKAGE, async (folder) => {
    const source = join(folder, 'source');
    await mkdir(source);
    const packed = (await command('npm', ['pack', '--silent', PACKAGE], { cwd: source })).trim().split('\n').at(-1) ?? '';
    await command('tar', ['xzf', packed], { cwd: source });
    const root = join(source, 'package/deps/librdkafka');
    await buildLibrdkafka(root);
    await command('make', ['-C', 'tests', `-j${availableParallelism()}`, 'build'], { cwd: root });
  });
}

interface Declaration {
  readonly local: boolean;
  readonly scenario: string;
}

/** What the suite's table of tests says of each: it is C, one `_TEST(name, flags, ...)` each. */
async function declarations(root: string): Promise<ReadonlyMap<string, Declaration>> {
  const source = await readFile(join(root, 'test.c'), 'utf8');
  const table = source.slice(source.indexOf('struct test tests[]'));
  return new Map(
    [...table.matchAll(/_TEST\((\d{4}_\w+),([^;]*?)\),\n(?=\s*(?:_TEST|#|\/\*|\{NULL))/g)].map(([, name = '', rest = '']) => [
      name,
      { local: /TEST_F_LOCAL|TEST_F_MANUAL/.test(rest), scenario: /\.scenario\s*=\s*"([^"]+)"/.exec(rest)?.[1] ?? 'default' },
    ]),
  );
}

function groundOf(name: string, declared: ReadonlyMap<string, Declaration>): Ground {
  if (name === FETCH_FROM_FOLLOWER) return IN_RACKS;
  return declared.get(name)?.scenario === 'noautocreate' ? NO_AUTO_CREATE : ONE_SERVER;
}

async function declaredTests(folder: string) {
  const root = join(folder, 'source/package/deps/librdkafka/tests');
  const declared = await declarations(root);
  const parts = await readFile(join(root, `${IN_PARTS.replace('_', '-')}.c`), 'utf8');
  return [...declared].flatMap(([name, { local }]) => {
    if (local) return [{ name, local: NO_BROKER }];
    if (name !== IN_PARTS) return [{ name }];
    return [...new Set(parts.match(/(?<=^static void\s+)do_test_(?!apis)\w+(?=\()/gm))].map((part) => ({ name: `${name} ${part}` }));
  });
}

/** The suite calls `kafka-topics.sh` of a Kafka installation: a script of that name which runs the tool from its jars. */
async function kafkaScripts(folder: string): Promise<string> {
  const bin = join(folder, 'kafka/bin');
  await mkdir(bin, { recursive: true });
  const java = await javaArguments('org.apache.kafka.tools.TopicCommand', []);
  const file = join(bin, 'kafka-topics.sh');
  await writeFile(file, `#!/bin/sh\nexec java ${java.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  await chmod(file, 0o755);
  return join(folder, 'kafka');
}

interface Run {
  readonly folder: string;
  readonly root: string;
  readonly kafkaPath: string;
  readonly brokers: string;
  readonly scenario: string;
  readonly protocol: string;
  /** The number of a test, or a test and one of its parts. */
  readonly unit: string;
}

/** Runs all tests of one number, or a part of one, in a process of their own. */
async function runUnit({ folder, root, kafkaPath, brokers, scenario, protocol, unit }: Run): Promise<readonly Outcome[]> {
  const number = unit.slice(0, NUMBER_DIGITS);
  const part = unit.split(' ')[1];
  const files = ['conf', 'json'].map((ending) => join(folder, `${unit}-${scenario}-${protocol}.${ending}`));
  const [conf = '', report = ''] = files;
  await writeFile(conf, `bootstrap.servers=${brokers}\n`);
  await rm(report, { force: true });
  const env = {
    ...process.env,
    // Where it is set, the suite leaves tests of latency out.
    CI: undefined,
    RDKAFKA_TEST_CONF: conf,
    TEST_REPORT: report,
    TESTS: number,
    ...(part === undefined ? {} : { SUBTESTS: `${part}:` }),
    TEST_KAFKA_VERSION: KAFKA_VERSION,
    TEST_CONSUMER_GROUP_PROTOCOL: protocol,
    KAFKA_PATH: kafkaPath,
    BROKERS: brokers,
    LD_LIBRARY_PATH: '../src:../src-cpp',
  };
  const quick = NOT_QUICK.has(number) ? [] : ['-Q'];
  const child = spawn('timeout', [String(TEST_SECONDS_MAX), './test-runner', '-p1', '-L', ...quick, '-s', scenario], { cwd: root, env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const output = stripVTControlCharacters(`${stdout}\n${stderr}`);
  const told = await readFile(report, 'utf8').then(
    (json) => JSON.parse(json) as { readonly tests: Readonly<Record<string, { readonly state: string; readonly duration: number }>> },
    () => undefined,
  );
  await Promise.all(files.map((file) => rm(file, { force: true })));
  const outcomes = Object.entries(told?.tests ?? {})
    .filter(([name]) => name.startsWith(number))
    .map(([test, { state, duration }]): Outcome => {
      const named = { test: part === undefined ? test : unit, seconds: duration };
      const doubt = state === 'PASSED' && test === FETCH_FROM_FOLLOWER ? doubtOfFollower(output) : undefined;
      if (doubt !== undefined) return { ...named, result: 'fail', said: doubt };
      if (state === 'PASSED') return { ...named, result: 'pass', said: '' };
      return { ...named, result: state === 'SKIPPED' ? 'skipped' : 'fail', said: saidBy(output, test, state) };
    });
  // A part whose name matches nothing that runs passes without having done anything.
  const ran = part === undefined || output.includes(`[ ${part}:`);
  return ran ? outcomes : outcomes.map((outcome) => ({ ...outcome, result: 'skipped', said: 'it did not run' }));
}

function saidBy(output: string, test: string, state: string): string {
  if (state === 'SKIPPED') return new RegExp(`\\[${test} .*SKIPPING TEST: (.*)`).exec(output)?.[1] ?? 'filtered';
  const failed = /### Test "\d[^\n]*\n(?:[^\n]*\n)?/.exec(output)?.[0] ?? output.slice(-400);
  return failed.replaceAll(/\s+/g, ' ').slice(0, 400);
}
