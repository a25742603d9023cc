/**
 * Installs what the conformance tests need, so that a build can do it beside its other tests; what is there already is left alone.
 * Commands that are missing come from Debian's packages where this runs as root, and are named where it does not. `--packages` ends
 * when those are there.
 */
import { parseArgs } from 'node:util';
import { kafkaJars } from './apache-kafka/install.ts';
import { demand, installDebianPackages } from './suites/installation.ts';
import { NEEDS } from './suites/needs.ts';
import { NODE_RDKAFKA } from './suites/node-rdkafka.ts';

const { values } = parseArgs({ options: { packages: { type: 'boolean', default: false } } });
const began = performance.now();
const done = (what: string) => console.log(`${what} (${((performance.now() - began) / 1_000).toFixed(0)} s)`);
const needs = [...NEEDS.kcat, ...NEEDS.apacheKafka, ...NEEDS.nodeRdkafka];
const packages = await installDebianPackages(needs);
if (packages.length > 0) done(`Debian's ${packages.join(' ')}`);
await demand('the conformance tests', needs).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
if (values.packages) process.exit();
const results = await Promise.allSettled([
  kafkaJars().then((folder) => done(`Apache Kafka: ${folder}`)),
  NODE_RDKAFKA.install().then((folder) => done(`node-rdkafka: ${folder}`)),
]);
for (const result of results) if (result.status === 'rejected') console.error(String(result.reason));
process.exitCode = results.every(({ status }) => status === 'fulfilled') ? 0 : 1;
