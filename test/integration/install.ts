/** Installs every emulator at once, so that a build can do it beside its other tests; what is there already is left alone. */
import {
  inspectEnvironment,
  installDynamoDbLocal,
  installLambdaRuntimeClient,
  installLocalStack,
  installVersitygw,
} from './environment.ts';

const environment = await inspectEnvironment();
const began = performance.now();
const installations = { installLocalStack, installVersitygw, installDynamoDbLocal, installLambdaRuntimeClient };
const results = await Promise.allSettled(
  Object.entries(installations).map(async ([name, install]) => {
    const path = await install(environment);
    console.log(`${name.replace('install', '')}: ${path} (${((performance.now() - began) / 1_000).toFixed(0)} s)`);
  }),
);
for (const result of results) if (result.status === 'rejected') console.error(String(result.reason));
process.exitCode = results.every(({ status }) => status === 'fulfilled') ? 0 : 1;
