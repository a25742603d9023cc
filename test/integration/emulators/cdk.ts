import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { LocalStack } from './localstack.ts';

const run = promisify(execFile);
const PROJECT = resolve(import.meta.dirname, '../../..');
const DEPLOY_TIMEOUT_MS = 300_000;

export type StackOutputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Settings of a deployment, as `-c` gives them. */
export type Context = Readonly<Record<string, string>>;

/** Makes the account of this LocalStack ready for CDK; once per LocalStack, about 6 s. */
export async function bootstrap(localstack: LocalStack): Promise<void> {
  // In a folder without a cdk.json, which would have the app synthesised first.
  await withScratchFolder((cwd) => call(localstack, 'cdk', ['bootstrap', 'aws://000000000000/us-east-1'], cwd));
}

/** The project's own `npm run deploy`, which finds LocalStack by the environment alone; returns the outputs of each stack by its name. */
export async function deploy(localstack: LocalStack, context: Context): Promise<StackOutputs> {
  return withScratchFolder(async (scratch) => {
    const outputs = join(scratch, 'outputs.json');
    const args = ['run', 'deploy', '--', '--require-approval', 'never', '--outputs-file', outputs];
    await call(localstack, 'npm', [...args, ...settings(context, scratch)], PROJECT);
    return JSON.parse(await readFile(outputs, 'utf8')) as StackOutputs;
  });
}

/** `cdk destroy` without a question. */
export async function destroy(localstack: LocalStack, context: Context): Promise<void> {
  await withScratchFolder((scratch) => call(localstack, 'cdk', ['destroy', '--force', ...settings(context, scratch)], PROJECT));
}

function settings(context: Context, scratch: string): string[] {
  return ['--output', join(scratch, 'cdk.out'), ...Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function withScratchFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-cdk-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function call(localstack: LocalStack, command: string, args: string[], cwd: string): Promise<void> {
  const env = {
    ...process.env,
    ...localstack.env,
    CI: '1',
    // The app must run on the Node that runs the tests, whatever comes first on the PATH.
    PATH: [dirname(process.execPath), join(PROJECT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
  };
  try {
    await run(command, args, { cwd, env, timeout: DEPLOY_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const printed = `${stdout}\n${stderr}`.trim();
    throw new Error(`${command} ${args.join(' ')} failed: ${printed.slice(-6000) || String(error)}`);
  }
}
