/**
 * Writes lib/kafka/messages and the tests' schema table from the message definitions of a kafka-clients jar:
 *
 *     npm run kafka:generate                    (fetches the jar with Maven)
 *     npm run kafka:generate -- --jar PATH
 *
 * Needs a JDK for its `jar` command.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Message, parseMessage } from './definition.ts';
import { emitFile } from './emit.ts';
import { type Api, emitCodec, emitRegistry, emitSchemas, emitSchemaTable } from './emit-tables.ts';

const KAFKA_VERSION = '4.3.1';

/** Every API with a codec, by what it is about. To add one, name it here and run the generator again. */
const APIS: Readonly<Record<string, string>> = {
  records: 'Produce Fetch ListOffsets OffsetForLeaderEpoch DeleteRecords InitProducerId',
  cluster:
    'ApiVersions Metadata FindCoordinator SaslHandshake SaslAuthenticate DescribeCluster DescribeTopicPartitions ' +
    'DescribeLogDirs ElectLeaders ListPartitionReassignments',
  groups:
    'OffsetCommit OffsetFetch OffsetDelete JoinGroup Heartbeat LeaveGroup SyncGroup DescribeGroups ListGroups DeleteGroups ' +
    'ConsumerGroupHeartbeat ConsumerGroupDescribe',
  topics: 'CreateTopics DeleteTopics CreatePartitions DescribeConfigs AlterConfigs IncrementalAlterConfigs ListConfigResources',
  transactions: 'AddPartitionsToTxn AddOffsetsToTxn EndTxn TxnOffsetCommit DescribeProducers DescribeTransactions ListTransactions',
};

/** Messages without an API: what travels inside others. */
const DATA: Readonly<Record<string, readonly string[]>> = {
  'headers.ts': ['RequestHeader', 'ResponseHeader'],
  'consumer-protocol.ts': ['ConsumerProtocolSubscription', 'ConsumerProtocolAssignment'],
};

const root = resolve(import.meta.dirname, '../../..');
const libFolder = join(root, 'lib/kafka/messages');
const schemaFolder = join(root, 'test/unit/kafka/messages');

function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
}

function fetchJar(folder: string): string {
  const artifact = `org.apache.kafka:kafka-clients:${KAFKA_VERSION}`;
  execFileSync('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`], {
    stdio: 'inherit',
    cwd: folder,
  });
  return join(folder, `kafka-clients-${KAFKA_VERSION}.jar`);
}

function generate(definitions: string): string[] {
  const read = (name: string): Message => parseMessage(readFileSync(join(definitions, `${name}.json`), 'utf8'));
  const files: string[] = [];
  const write = (path: string, text: string): void => {
    writeFileSync(path, text);
    files.push(path);
  };
  const parts = Object.entries(APIS).map(([what, names]) => ({
    what,
    apis: names.split(' ').map((name): Api => {
      return { name, file: `${kebab(name)}.ts`, request: read(`${name}Request`), response: read(`${name}Response`) };
    }),
  }));
  const data = Object.entries(DATA).map(([file, names]) => ({ file, messages: names.map(read) }));
  const apis = parts.flatMap((part) => part.apis);
  for (const api of apis) write(join(libFolder, api.file), `${emitFile([api.request, api.response])}\n${emitCodec(api)}`);
  for (const { file, messages } of data) write(join(libFolder, file), emitFile(messages));
  write(join(libFolder, 'registry.ts'), emitRegistry(apis));
  const schemas = [
    ...parts.map((part) => ({ what: part.what, messages: part.apis.flatMap((api) => [api.request, api.response]) })),
    { what: 'data', messages: data.flatMap(({ messages }) => messages) },
  ];
  for (const { what, messages } of schemas) write(join(schemaFolder, `schemas-${what}.ts`), emitSchemas(what, messages));
  write(join(schemaFolder, 'schemas.ts'), emitSchemaTable(schemas.map(({ what }) => what)));
  return files;
}

const { values } = parseArgs({ options: { jar: { type: 'string' } } });
const scratch = mkdtempSync(join(tmpdir(), 'kafka-messages-'));
try {
  const jar = values.jar === undefined ? fetchJar(scratch) : resolve(values.jar);
  execFileSync('jar', ['--extract', '--file', jar, 'common/message'], { cwd: scratch });
  mkdirSync(libFolder, { recursive: true });
  const files = generate(join(scratch, 'common/message'));
  execFileSync(join(root, 'node_modules/.bin/biome'), ['check', '--write', ...files], { cwd: root, stdio: 'inherit' });
  process.stdout.write(`wrote ${files.length} files\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
