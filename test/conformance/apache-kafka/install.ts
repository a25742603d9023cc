/** Apache Kafka's jars from Maven, once, and its classes run from them. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POM = join(import.meta.dirname, 'pom.xml');
const LOGGING = join(import.meta.dirname, 'log4j2.properties');

/** The folder with the jars; made on first use, which fetches some 150 MB. Needs Maven and Java 17 or later. */
export async function kafkaJars(): Promise<string> {
  const base = process.env.STRATALOG_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'stratalog');
  const folder = resolve(base, 'apache-kafka');
  const stamp = createHash('sha256').update(readFileSync(POM)).digest('hex');
  const stampFile = join(folder, 'installed');
  if ((await readFile(stampFile, 'utf8').catch(() => '')) === stamp) return join(folder, 'libs');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`];
  try {
    await run('mvn', ['-q', '-B', '-f', POM, ...goal], { cwd: folder, maxBuffer: 64 << 20 });
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string };
    throw new Error(`Apache Kafka's jars could not be fetched; this needs Maven (mvn) and a JDK, 17 or later:\n${message}\n${stdout}`);
  }
  await writeFile(stampFile, stamp);
  return join(folder, 'libs');
}

/** The arguments that have Java run a class of Apache Kafka. */
export async function javaArguments(className: string, args: readonly string[], heapMb = 512): Promise<string[]> {
  const jars = await kafkaJars();
  return [`-Xmx${heapMb}m`, `-Dlog4j2.configurationFile=${LOGGING}`, '-cp', join(jars, '*'), className, ...args];
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
