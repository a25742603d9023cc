import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
const READY_MS = 60_000;
const STOP_MS = 60_000;
const TICKS_PER_SECOND = 100;

/** A server of its own process, as a user starts it. */
export interface ServerProcess {
  readonly url: string;
  readonly kafka: string;
  readonly folder: string;
  readonly pid: number;
  /** From the start of the process to its `ready` line. */
  readonly readyMs: number;
  readonly child: ChildProcess;
  /** Resident memory in MiB: now, and the most there was. */
  memory(): { readonly rssMiB: number; readonly peakMiB: number };
  cpuSeconds(): number;
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>;
}

export interface ServerOptions {
  /** Default: a new folder that goes when the server stops. */
  readonly folder?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts `stratalog serve` and waits for its `ready` line. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'stratalog-bench-')));
  const [http, kafka] = [await freePort(), await freePort()];
  const startedAt = performance.now();
  const args = [
    'bin/stratalog.ts',
    'serve',
    '--data',
    folder,
    '--http',
    `127.0.0.1:${http}`,
    '--kafka',
    `127.0.0.1:${kafka}`,
    ...(options.args ?? []),
  ];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  await untilReady(child);
  const readyMs = performance.now() - startedAt;
  const pid = child.pid as number;
  return {
    url: `http://127.0.0.1:${http}`,
    kafka: `127.0.0.1:${kafka}`,
    folder,
    pid,
    readyMs,
    child,
    memory: () => memoryOf(pid),
    cpuSeconds: () => cpuSecondsOf(pid),
    async stop() {
      const code = await stop(child);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let out = '';
    let errors = '';
    const timer = setTimeout(() => reject(new Error(`not ready after ${READY_MS} ms: ${errors}`)), READY_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4_000);
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      if (!/^ready/m.test(out)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}: ${errors}`));
    });
  });
}

function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
    child.kill('SIGTERM');
  });
}

function memoryOf(pid: number): { rssMiB: number; peakMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { rssMiB: kib('VmRSS') / 1024, peakMiB: kib('VmHWM') / 1024 };
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
