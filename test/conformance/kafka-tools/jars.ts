/** The jars of Apache Kafka's tools, brought by Maven into a folder that is kept. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const POM = join(import.meta.dirname, 'pom.xml');

/** Why the tools cannot run here; undefined when they can. */
export function whyNoKafkaTools(): string | undefined {
  for (const [command, flag] of [
    ['java', '-version'],
    ['mvn', '-v'],
  ] as const) {
    try {
      execFileSync(command, [flag], { stdio: 'ignore' });
    } catch {
      if (command === 'mvn' && process.env.STRATALOG_KAFKA_LIBS !== undefined) continue;
      return `there is no ${command}`;
    }
  }
  return undefined;
}

/** The folder with the jars: the one that STRATALOG_KAFKA_LIBS names, else one that Maven fills at the first call. */
export function kafkaLibs(): string {
  const given = process.env.STRATALOG_KAFKA_LIBS;
  if (given !== undefined) return given;
  const folder = join(ROOT, '.tmp', 'kafka-tools');
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  try {
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`];
    execFileSync('mvn', ['-q', '-B', '-f', POM, ...goal], { stdio: ['ignore', 'ignore', 'pipe'] });
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Runs a class from the jars and answers what it printed on standard output. */
export function runKafkaTool(className: string, args: readonly string[]): string {
  const jvm = ['-Xmx256m', '-Djava.awt.headless=true', '-cp', join(kafkaLibs(), '*')];
  return execFileSync('java', [...jvm, className, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
