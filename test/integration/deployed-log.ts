import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildFunctions } from '../../functions/build.ts';
import { bootstrap, type CdkApp, deploy, destroy, type StackOutputs } from './emulators/cdk.ts';
import { type LocalStack, startLocalStack } from './emulators/localstack.ts';

export const STACK_NAME = 'log';

export interface DeployedLog {
  readonly localstack: LocalStack;
  readonly outputs: Readonly<Record<string, string>>;
  /** Deploys the app again, with other settings. */
  deploy(context?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
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
  const run = async (settings: Readonly<Record<string, string>>) => outputsOf(await deploy(localstack, app(settings)));
  const stop = async () => {
    await localstack.stop();
    await rm(bundles, { recursive: true, force: true });
  };
  try {
    const [outputs] = await Promise.all([
      (async () => {
        await Promise.all([buildFunctions(bundles), bootstrap(localstack)]);
        return run(context);
      })(),
    ]);
    return {
      localstack,
      outputs,
      deploy: (settings = {}) => run({ ...context, ...settings }),
      destroy: () => destroy(localstack, app(context)),
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
