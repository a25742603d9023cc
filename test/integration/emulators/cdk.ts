import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { LocalStack } from './localstack.ts';

const run = promisify(execFile);
const PROJECT = resolve(import.meta.dirname, '../../..');
const DEPLOY_TIMEOUT_MS = 300_000;

export interface CdkApp {
  /** The command that synthesises, for example `node bin/app.ts`. */
  readonly app: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Makes the account of this LocalStack ready for CDK; once per LocalStack, about 6 s. */
export async function bootstrap(localstack: LocalStack): Promise<void> {
  // In a folder without a cdk.json, which would have the app synthesised first.
  await withScratchFolder((cwd) => cdklocal(localstack, ['bootstrap', 'aws://000000000000/us-east-1'], { cwd }));
}

/** `cdk deploy` into LocalStack; returns the outputs of each stack by its name. */
export async function deploy(localstack: LocalStack, app: CdkApp): Promise<StackOutputs> {
  return withScratchFolder(async (scratch) => {
    const outputs = join(scratch, 'outputs.json');
    const args = ['deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs];
    await cdklocal(localstack, [...args, ...appArguments(app, scratch)], app);
    return JSON.parse(await readFile(outputs, 'utf8')) as StackOutputs;
  });
}

/** `cdk destroy` without a question. */
export async function destroy(localstack: LocalStack, app: CdkApp): Promise<void> {
  await withScratchFolder((scratch) => cdklocal(localstack, ['destroy', '--all', '--force', ...appArguments(app, scratch)], app));
}

function appArguments(app: CdkApp, scratch: string): string[] {
  const context = Object.entries(app.context ?? {}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['--app', app.app, '--output', join(scratch, 'cdk.out'), ...context];
}

async function withScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-cdk-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function cdklocal(localstack: LocalStack, args: string[], app: Partial<CdkApp>): Promise<void> {
  const bin = join(PROJECT, 'node_modules/.bin');
  const env = {
    ...process.env,
    ...localstack.env,
    ...app.env,
    CI: '1',
    // The app must run on the Node that runs the tests, whatever comes first on the PATH.
    PATH: [dirname(process.execPath), bin, process.env.PATH].join(delimiter),
  };
  try {
    await run(join(bin, 'cdklocal'), args, {
      cwd: app.cwd ?? PROJECT,
      env,
      timeout: DEPLOY_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as {
      stdout?: string;
      stderr?: string;
    };
    const printed = `${stdout}\n${stderr}`.trim();
    throw new Error(`cdklocal ${args.join(' ')} failed: ${printed.slice(-6000) || String(error)}`);
  }
}
