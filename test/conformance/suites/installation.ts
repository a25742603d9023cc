/** What suites of others need on the machine: commands, and a folder that keeps what was fetched and built. */
import { execFile } from 'node:child_process';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 256 << 20;
const SHOWN_CHARS = 4_000;

/** A command or a C header that has to be there, and what to install for it. */
export interface Need {
  readonly command?: string;
  readonly header?: string;
  /** The Debian packages that have it; none where it comes with Node.js or is nothing for a package manager. */
  readonly debian?: string;
  /** What a person does to get it, where that is not to install the packages. */
  readonly get?: string;
}

const HEADER_FOLDERS = [
  '/usr/include',
  '/usr/local/include',
  '/usr/include/x86_64-linux-gnu',
  '/usr/include/aarch64-linux-gnu',
  '/opt/homebrew/include',
];

/** Rejects with everything that is missing and how to get it. */
export async function demand(what: string, needs: readonly Need[]): Promise<void> {
  const missing = await missingOf(needs);
  if (missing.length === 0) return;
  const list = missing.map(({ command, header, debian, get }) => `${command ?? header}: ${get ?? `apt-get install ${debian}`}`);
  throw new Error(`${what} cannot run here; missing are\n  ${list.join('\n  ')}`);
}

/** Those that are not there. */
async function missingOf(needs: readonly Need[]): Promise<readonly Need[]> {
  const commandFolders = (process.env.PATH ?? '').split(delimiter);
  const found = await Promise.all(
    needs.map(async ({ command, header }) => {
      if (command !== undefined && !(await exists(command, commandFolders))) return false;
      return header === undefined || (await exists(header, HEADER_FOLDERS));
    }),
  );
  return needs.filter((_, i) => found[i] === false);
}

/** Installs the Debian packages of what is missing, where that is allowed: as root, on a machine with apt-get. Answers their names. */
export async function installDebianPackages(needs: readonly Need[]): Promise<readonly string[]> {
  const missing = await missingOf(needs);
  const packages = [...new Set(missing.flatMap(({ debian }) => debian?.split(' ') ?? []))];
  if (packages.length === 0 || process.getuid?.() !== 0 || (await missingOf([{ command: 'apt-get' }])).length > 0) return [];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await command('apt-get', ['update', '-q'], { cwd: '/', env });
  await command('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], { cwd: '/', env });
  return packages;
}

async function exists(name: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const found = await access(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}

/** The folder of a name, filled once for each stamp; what an attempt left that did not end well is thrown away. */
export async function installedOnce(name: string, stamp: string, install: (folder: string) => Promise<void>): Promise<string> {
  const base = process.env.STRATALOG_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'stratalog');
  const folder = resolve(base, name);
  const file = join(folder, 'installed');
  if ((await readFile(file, 'utf8').catch(() => '')) === stamp) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await install(folder);
  await writeFile(file, stamp);
  return folder;
}

/** Runs a command to its end and answers what it printed; its failure is an error that ends with its last words. */
export async function command(
  name: string,
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<string> {
  try {
    const env = { ...process.env, ...options.env };
    return (await run(name, [...args], { cwd: options.cwd, env, maxBuffer: OUTPUT_BYTES_MAX })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${name} ${args.join(' ')} failed: ${message.slice(0, SHOWN_CHARS)}\n${`${stdout}\n${stderr}`.slice(-SHOWN_CHARS)}`);
  }
}
