/** node-rdkafka's own end-to-end tests, which are in its npm package. */
import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStratalog } from '../../../lib/runtime/testing.ts';
import { command, demand, installedOnce } from './installation.ts';
import { buildLibrdkafka } from './librdkafka-build.ts';
import { NEEDS } from './needs.ts';
import type { Outcome, Suite } from './suite.ts';

const VERSION = '3.6.1';
/** Changes when the way of building does, so that what was built otherwise is built anew. */
const BUILD = 'apart';
/** Parts of librdkafka that its tests for Node have no use for; each would ask for headers and take its time. */
const LEFT_OUT = ['--disable-ssl', '--disable-gssapi', '--disable-curl', '--disable-lz4-ext', '--disable-zstd'];
const TEST_MS_MAX = 60_000;
/** Some tests give the client one second for what a busy machine may take longer for. */
const ATTEMPTS = 3;
/** The topics that the suite's own script creates before it runs. */
const TOPICS = ['test', 'test2', 'test3', 'test4', 'test5', 'test6'];

interface MochaTest {
  readonly fullTitle: string;
  readonly duration?: number;
  readonly err: { readonly message?: string };
}

interface MochaReport {
  readonly tests: readonly MochaTest[];
  readonly passes: readonly MochaTest[];
  readonly failures: readonly MochaTest[];
}

export const NODE_RDKAFKA: Suite = {
  title: `node-rdkafka ${VERSION}`,

  async install() {
    await demand("node-rdkafka's suite", NEEDS.nodeRdkafka);
    const node = process.versions.node;
    return installedOnce('node-rdkafka', `${VERSION} ${node} ${BUILD}`, async (folder) => {
      await writeFile(join(folder, 'package.json'), '{"private":true}\n');
      // The headers to compile against come with Node's own npm package: the ones of the running version, whatever else is installed.
      const headers = `node-${process.platform === 'darwin' ? 'bin-darwin' : process.platform}-${process.arch}`;
      const packages = [`${headers}@${node}`, `node-rdkafka@${VERSION}`, 'mocha@10', 'bluebird@3'];
      await command('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: folder });
      const root = join(folder, 'node_modules/node-rdkafka');
      const built = join(folder, 'librdkafka');
      await buildLibrdkafka(join(root, 'deps/librdkafka'), [`--prefix=${built}`, `--libdir=${built}`, ...LEFT_OUT]);
      await command('make', ['install'], { cwd: join(root, 'deps/librdkafka') });
      await command('npm', ['run', 'install'], { cwd: root, env: addonEnvironment(join(folder, 'node_modules', headers), built) });
    });
  },

  async tests(folder) {
    const { tests } = await mocha(folder, ['--dry-run'], {});
    return tests.map(({ fullTitle }) => ({ name: fullTitle.trim() }));
  },

  async run(folder, tests, report) {
    const next = tests.values();
    const worker = async () => {
      for (const test of next) report(await runRepeatedly(folder, test));
    };
    await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  },
};

/** Has node-gyp compile the addon alone, against the library that stands already, on all processors. */
function addonEnvironment(headers: string, built: string): Record<string, string> {
  return {
    npm_config_nodedir: headers,
    BUILD_LIBRDKAFKA: '0',
    CPATH: join(built, 'include/librdkafka'),
    LIBRARY_PATH: built,
    LDFLAGS: `-Wl,-rpath,${built}`,
    CXXFLAGS: '-O0',
    JOBS: String(availableParallelism()),
  };
}

async function runRepeatedly(folder: string, test: string): Promise<Outcome> {
  let outcome = await runOne(folder, test);
  for (let attempt = 1; attempt < ATTEMPTS && outcome.result === 'fail'; attempt++) outcome = await runOne(folder, test);
  return outcome;
}

/**
 * One test with a broker and a process of its own. What counts is the test itself and not the hook after it, in which the
 * client's disconnect sometimes never returns, with Apache Kafka as well.
 */
async function runOne(folder: string, test: string): Promise<Outcome> {
  const broker = await startStratalog({ topics: TOPICS });
  try {
    const exactly = `^${test.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}\\s*$`;
    const { passes, failures } = await mocha(folder, ['--grep', exactly], { KAFKA_HOST: broker.brokers });
    const passed = passes.find(({ fullTitle }) => fullTitle.trim() === test);
    const said = failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message}`).join('; ');
    return { test, result: passed === undefined ? 'fail' : 'pass', seconds: (passed?.duration ?? 0) / 1_000, said };
  } catch (error) {
    return { test, result: 'fail', seconds: 0, said: String(error) };
  } finally {
    await broker.close();
  }
}

async function mocha(folder: string, args: readonly string[], env: Record<string, string>): Promise<MochaReport> {
  const file = join(tmpdir(), `stratalog-mocha-${process.pid}-${Math.random().toString(36).slice(2)}.json`);
  const reporter = ['--reporter', 'json', '--reporter-option', `output=${file}`];
  // Half of the bound for the test, the rest for the hooks around it.
  const options = ['--exit', '--timeout', String(TEST_MS_MAX / 2), ...reporter, ...args];
  const child = spawn(process.execPath, [join(folder, 'node_modules/mocha/bin/mocha.js'), ...options, 'e2e/*.spec.js'], {
    cwd: join(folder, 'node_modules/node-rdkafka'),
    env: { ...process.env, ...env },
    stdio: 'ignore',
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  // A client that hangs keeps the process from its exit, after the report is written.
  const tooLate = setTimeout(() => child.kill('SIGKILL'), TEST_MS_MAX * 2);
  await Promise.race([exited, reported(file, exited)]);
  clearTimeout(tooLate);
  child.kill('SIGKILL');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as MochaReport;
  } finally {
    await rm(file, { force: true });
  }
}

/** Resolves when the report stands whole in its file. */
async function reported(file: string, exited: Promise<unknown>): Promise<void> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const whole = await readFile(file, 'utf8').then(
      (json) => json.trimEnd().endsWith('}') && JSON.parse(json) !== null,
      () => false,
    );
    if (whole) return;
  }
}
