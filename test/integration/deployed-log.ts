import { bootstrap, type Context, deploy, destroy, type StackOutputs } from './emulators/cdk.ts';
import { type LocalStack, startLocalStack } from './emulators/localstack.ts';

export const STACK_NAME = 'log';

export interface DeployedLog {
  readonly localstack: LocalStack;
  /** What the newest deployment put out. */
  outputs(): Readonly<Record<string, string>>;
  /** Deploys again, with other settings. */
  deploy(context?: Context): Promise<void>;
  destroy(): Promise<void>;
  stop(): Promise<void>;
}

/** Our own stack in a LocalStack of its own, by `npm run deploy`, which builds the bundles first. About 40 s. */
export async function deployLog(context: Context = {}): Promise<DeployedLog> {
  const localstack = await startLocalStack();
  let settled: Context = { 'stratalog:stackName': STACK_NAME, ...context };
  let outputs: Readonly<Record<string, string>> = {};
  const run = async (settings: Context): Promise<void> => {
    outputs = outputsOf(await deploy(localstack, settings));
    settled = settings;
  };
  try {
    await bootstrap(localstack);
    await run(settled);
    return {
      localstack,
      outputs: () => outputs,
      deploy: (more = {}) => run({ ...settled, ...more }),
      destroy: () => destroy(localstack, settled),
      stop: localstack.stop,
    };
  } catch (error) {
    await localstack.stop();
    throw error;
  }
}

function outputsOf(stacks: StackOutputs): Readonly<Record<string, string>> {
  return stacks[STACK_NAME] ?? {};
}
