import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunctions } from '../../functions/build.ts';
import { bootstrap, type CdkApp, deploy, destroy, type StackOutputs } from './emulators/cdk.ts';
import { type LocalStack, startLocalStack } from './emulators/localstack.ts';

export const STACK_NAME = 'log';

export interface DeployedLog {
  readonly localstack: LocalStack;
  /** What the newest deployment put out. */
  outputs(): Readonly<Record<string, string>>;
  /** Deploys the app again, with other settings. */
  deploy(context?: Readonly<Record<string, string>>): Promise<void>;
  destroy(): Promise<void>;
  stop(): Promise<void>;
}

/** Our own stack in a LocalStack of its own, from freshly built bundles. About 40 s. */
export async function deployLog(context: Readonly<Record<string, string>> = {}): Promise<DeployedLog> {
  const bundles = await mkdtemp(join(tmpdir(), 'stratalog-bundles-'));
  const localstack = await startLocalStack();
  const app = (settings: Readonly<Record<string, string>>): CdkApp => ({
    app: `${process.execPath} bin/app.ts`,
    env: { STRATALOG_BUNDLES: bundles },
    context: { 'stratalog:stackName': STACK_NAME, ...settings },
  });
  let settled = context;
  let outputs: Readonly<Record<string, string>> = {};
  const run = async (settings: Readonly<Record<string, string>>): Promise<void> => {
    outputs = outputsOf(await deploy(localstack, app(settings)));
    settled = settings;
  };
  const stop = async () => {
    await localstack.stop();
    await rm(bundles, { recursive: true, force: true });
  };
  try {
    await Promise.all([buildFunctions(bundles), bootstrap(localstack)]);
    await run(context);
    return {
      localstack,
      outputs: () => outputs,
      deploy: (more = {}) => run({ ...context, ...more }),
      destroy: () => destroy(localstack, app(settled)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function outputsOf(stacks: StackOutputs): Readonly<Record<string, string>> {
  return stacks[STACK_NAME] ?? {};
}
