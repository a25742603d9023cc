/**
 * Writes the golden messages of the unit tests: for every message and version some values of ours, encoded by us, read
 * and written again by Kafka's own classes. A line is `Name version hex json`, bytes and fields as Kafka gives them.
 *
 *     node test/conformance/messages/golden.ts --libs FOLDER   (jars of kafka-clients and of jackson-databind)
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { messageArbitrary } from '../../unit/kafka/messages/arbitrary.ts';
import { encoderOf } from '../../unit/kafka/messages/codecs.ts';
import { SCHEMAS } from '../../unit/kafka/messages/schemas.ts';

const { values } = parseArgs({ options: { libs: { type: 'string' } } });
if (values.libs === undefined) throw new Error('--libs is missing: a folder with the jars of kafka-clients and jackson-databind');

const lines: string[] = [];
for (const schema of SCHEMAS) {
  for (let version = schema.versions[0]; version <= schema.versions[1]; version++) {
    const samples = fc.sample(messageArbitrary(schema, version), { seed: 20_260_101 + version, numRuns: 1 });
    for (const sample of samples) lines.push(`${schema.name} ${version} ${encoderOf(schema.name)(sample, version).toString('hex')}`);
  }
}
const result = spawnSync('java', ['-cp', `${values.libs}/*`, join(import.meta.dirname, 'MessageEcho.java')], {
  input: `${lines.join('\n')}\n`,
  encoding: 'utf8',
  maxBuffer: 256 * 1024 * 1024,
});
if (result.status !== 0) throw new Error(result.stderr);
const answers = result.stdout.trimEnd().split('\n');
const golden: string[] = [];
let different = 0;
for (const [i, line] of lines.entries()) {
  const [name, version, hex] = line.split(' ') as [string, string, string];
  const answer = answers[i] as string;
  if (!answer.startsWith(`${hex} `)) {
    different++;
    process.stdout.write(`differs: ${name} ${version}\n  ours  ${hex}\n  Kafka ${answer.slice(0, answer.indexOf(' '))}\n`);
  }
  golden.push(`${name} ${version} ${answer}`);
}
writeFileSync(join(import.meta.dirname, '../../unit/kafka/messages/fixtures/golden.txt'), `${golden.join('\n')}\n`);
process.stdout.write(`${golden.length} messages, ${different} that Kafka writes otherwise than we do\n`);
