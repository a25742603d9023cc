/**
 * `npm run lock:complete`: names in package-lock.json the optional packages of every platform.
 *
 * npm leaves out of the lock file what it could not look up for a foreign platform, and `npm ci` then refuses the file on
 * all of them. An entry with the platform and the version, which the depending package pins, is enough to pass over it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ROOT } from './source-files.ts';

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  packages: Record<string, LockedPackage>;
}

const SYSTEMS = ['android', 'darwin', 'linux', 'win32', 'freebsd', 'openharmony', 'netbsd', 'openbsd', 'sunos', 'aix'];
const PROCESSORS = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'arm', 'wasm32'];

export function readLock(): LockFile {
  return JSON.parse(readFileSync(`${ROOT}/package-lock.json`, 'utf8')) as LockFile;
}

/** Optional packages that a locked package names and the lock file lacks: name, pinned version, and who names it. */
export function missingOptional(lock: LockFile): readonly { readonly name: string; readonly version: string; readonly dev: boolean }[] {
  return Object.entries(lock.packages).flatMap(([path, locked]) =>
    Object.entries(locked.optionalDependencies ?? {})
      .filter(
        ([name]) => lock.packages[`node_modules/${name}`] === undefined && lock.packages[`${path}/node_modules/${name}`] === undefined,
      )
      .map(([name, version]) => ({ name, version, dev: locked.dev === true })),
  );
}

function entryOf(name: string, version: string, dev: boolean): LockedPackage {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const system = SYSTEMS.find((one) => words.includes(one));
  const processor = PROCESSORS.find((one) => words.includes(one));
  if (system === undefined || processor === undefined) throw new Error(`the platform of ${name} does not show in its name`);
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : undefined;
  return {
    version: version.replace(/^[^0-9]*/, ''),
    ...{ cpu: [processor] },
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc }),
    ...{ optional: true, os: [system] },
  };
}

if (process.argv[1] === import.meta.filename) {
  const lock = readLock();
  const missing = missingOptional(lock);
  for (const { name, version, dev } of missing) lock.packages[`node_modules/${name}`] = entryOf(name, version, dev);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(`${ROOT}/package-lock.json`, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(missing.length === 0 ? 'nothing was missing' : `added ${missing.map(({ name }) => name).join(', ')}`);
}
