/**
 * Installs every emulator at once, so that a build can do it beside its other tests; what is there already is left alone.
 * Commands that are missing come from Debian's packages where this runs as root, and are named where it does not.
 */
import { installDebianPackages } from '../conformance/suites/installation.ts';
import {
  inspectEnvironment,
  installDynamoDbLocal,
  installLambdaRuntimeClient,
  installLocalStack,
  installVersitygw,
} from './environment.ts';

const began = performance.now();
const done = (what: string) => console.log(`${what} (${((performance.now() - began) / 1_000).toFixed(0)} s)`);
const packages = await installDebianPackages([
  { command: 'java', debian: 'openjdk-17-jre-headless' },
  ...['cmake', 'g++', 'make'].map((command) => ({ command, debian: command })),
]);
if (packages.length > 0) done(`Debian's ${packages.join(' ')}`);
const environment = await inspectEnvironment();
const installations = { installLocalStack, installVersitygw, installDynamoDbLocal, installLambdaRuntimeClient };
const results = await Promise.allSettled(
  Object.entries(installations).map(async ([name, install]) => {
    const path = await install(environment);
    done(`${name.replace('install', '')}: ${path}`);
  }),
);
for (const result of results) if (result.status === 'rejected') console.error(String(result.reason));
process.exitCode = results.every(({ status }) => status === 'fulfilled') ? 0 : 1;
