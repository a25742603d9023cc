/** A server in a process of its own, for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 20_000;
const END_WITHIN_MS = 20_000;

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it printed on standard output and standard error so far. */
  readonly output: () => string;
  /** Asks it to stop and answers its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerProcessOptions {
  readonly data: string;
  /** The executable; default the sources. */
  readonly script?: string;
  /** Default any free port. */
  readonly http?: string;
  readonly flags?: readonly string[];
}

/** Starts `stratalog serve` and waits until it says that it is ready. Rejects with its output when it ends before. */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  const { data, script = join(ROOT, 'bin/stratalog.ts'), http = '127.0.0.1:0', flags = [] } = options;
  const args = [script, 'serve', '--data', data, '--http', http, '--kafka', 'off', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    const tooLate = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready after ${READY_WITHIN_MS} ms: ${output}`));
    }, READY_WITHIN_MS);
    const gather = (piece: Buffer): void => {
      output += piece.toString();
      const ready = /^ready (http:\S+)/m.exec(output)?.[1];
      if (ready === undefined) return;
      clearTimeout(tooLate);
      resolve(ready);
    };
    child.stdout.on('data', gather);
    child.stderr.on('data', gather);
    void ended.then((code) => {
      clearTimeout(tooLate);
      reject(new Error(`ended with ${code}: ${output}`));
    });
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const kill = setTimeout(() => child.kill('SIGKILL'), END_WITHIN_MS);
    child.kill(signal);
    const code = await ended;
    clearTimeout(kill);
    return code;
  };
  return { url, child, output: () => output, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
