import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer as startProcess } from '../embedded/server-process.ts';

const TICKS_PER_SECOND = 100;

/** A server of its own process, as a user starts it, with what it costs. */
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
}

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts `stratalog serve` with both doors and waits for its `ready` line. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'stratalog-bench-')));
  const kafka = `127.0.0.1:${await freePort()}`;
  const startedAt = performance.now();
  const server = await startProcess({ data: folder, flags: ['--kafka', kafka, ...(options.args ?? [])] });
  const readyMs = performance.now() - startedAt;
  const pid = server.child.pid as number;
  return {
    url: server.url,
    kafka,
    folder,
    pid,
    readyMs,
    child: server.child,
    memory: () => memoryOf(pid),
    cpuSeconds: () => cpuSecondsOf(pid),
    async stop() {
      const code = await server.stop();
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** Resident memory of any process in MiB: now, and the most there was. */
export function memoryOf(pid: number): { rssMiB: number; peakMiB: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
  return { rssMiB: kib('VmRSS') / 1024, peakMiB: kib('VmHWM') / 1024 };
}

/** Processor time that any process has taken. */
export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
