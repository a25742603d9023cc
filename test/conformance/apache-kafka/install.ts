/** Apache Kafka's jars from Maven, once, and its classes run from them. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { command, demand, installedOnce } from '../suites/installation.ts';
import { NEEDS } from '../suites/needs.ts';

const run = promisify(execFile);
const POM = join(import.meta.dirname, 'pom.xml');
const LOGGING = join(import.meta.dirname, 'log4j2.properties');

let jars: Promise<string> | undefined;

/** The folder with the jars; made on first use, which fetches some 150 MB. Needs Maven and Java 17 or later. */
export function kafkaJars(): Promise<string> {
  jars ??= fetchJars();
  return jars;
}

async function fetchJars(): Promise<string> {
  await demand("Apache Kafka's tools", NEEDS.apacheKafka);
  const stamp = createHash('sha256').update(readFileSync(POM)).digest('hex');
  const folder = await installedOnce('apache-kafka', stamp, async (empty) => {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(empty, 'libs')}`];
    await command('mvn', ['-q', '-B', '-f', POM, ...goal], { cwd: empty });
  });
  return join(folder, 'libs');
}

/** The arguments that have Java run a class of Apache Kafka. */
export async function javaArguments(className: string, args: readonly string[], heapMb = 512): Promise<string[]> {
  const classPath = join(await kafkaJars(), '*');
  return [`-Xmx${heapMb}m`, `-Dlog4j2.configurationFile=${LOGGING}`, '-cp', classPath, className, ...args];
}

export interface ToolResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of Apache Kafka's command line tools to its end; a failure is a result, not an exception. */
export async function kafkaTool(className: string, args: readonly string[], timeoutMs = 120_000): Promise<ToolResult> {
  const java = await javaArguments(className, args);
  try {
    const { stdout, stderr } = await run('java', java, { timeout: timeoutMs, maxBuffer: 64 << 20 });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: number | string; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr };
  }
}
