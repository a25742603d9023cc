import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a condition is looked at while a process starts or stops. */
const POLL_MS = 50;

/** The last characters of a process's output that an error quotes. */
const OUTPUT_CHARS_KEPT = 4000;

export interface StartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  /** Says whether the process answers yet; a rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** After TERM the process has this long before it is killed. */
  readonly stopTimeoutMs?: number;
}

export interface RunningProcess {
  readonly pid: number;
  /** What the process has printed so far (the newest part). */
  output(): string;
  /** TERM, a wait for the exit, KILL when it takes too long. May be called twice. */
  stop(): Promise<void>;
  /** KILL at once: what a power cut looks like to the process. */
  kill(): Promise<void>;
}

/** Starts a process and resolves when it answers; its output is in the error if it never does. */
export async function startProcess(options: StartOptions): Promise<RunningProcess> {
  const child = spawn(options.command, [...options.args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  const exited = once(child, 'exit').catch(() => undefined);
  const stopWith = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasExited(child)) return;
    child.kill(signal);
    await Promise.race([exited, delay(options.stopTimeoutMs ?? 20_000, undefined, { ref: false })]);
    if (!hasExited(child)) child.kill('SIGKILL');
    await exited;
  };
  const killWithParent = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithParent);
  void exited.then(() => process.off('exit', killWithParent));
  try {
    await waitFor(`${options.name} to answer`, options.readyTimeoutMs, async () => {
      if (hasExited(child)) {
        throw new ProcessGone(`${options.name} ended at start (exit ${child.exitCode}): ${output()}`);
      }
      return options.ready();
    });
  } catch (error) {
    await stopWith('SIGKILL');
    throw new Error(`${(error as Error).message}\n${options.name} printed: ${output()}`);
  }
  return {
    pid: child.pid ?? -1,
    output,
    stop: () => stopWith('SIGTERM'),
    kill: () => stopWith('SIGKILL'),
  };
}

/** Waits until the condition is true, or fails naming what was waited for. */
export async function waitFor(what: string, timeoutMs: number, condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let lastError: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      if (error instanceof ProcessGone) throw error;
      lastError = error;
    }
    if (performance.now() > deadline) {
      const why = lastError === undefined ? '' : `: ${String(lastError)}`;
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}${why}`);
    }
    await delay(POLL_MS);
  }
}

/** A port that was free a moment ago on the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** True when an HTTP server answers at the address, whatever the status. */
export async function answersHttp(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return true;
}

/** Ends the wait at once: a process that is gone will not answer later. */
class ProcessGone extends Error {}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString()).slice(-OUTPUT_CHARS_KEPT);
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  child.on('error', (error) => add(Buffer.from(String(error))));
  return () => text;
}
