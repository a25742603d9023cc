/** A server or a gateway: a process that is killed, stopped, continued and started again on the same ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const READY_WITHIN_MS = 30_000;

export class ChaosServer implements AsyncDisposable {
  readonly httpPort: number;
  readonly kafkaPort: number;
  readonly #command: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #output = '';
  #more: readonly string[] = [];

  private constructor(command: readonly string[], env: Readonly<Record<string, string>>, httpPort: number, kafkaPort: number) {
    this.#command = command;
    this.#env = env;
    this.httpPort = httpPort;
    this.kafkaPort = kafkaPort;
  }

  static async start(data: string, flags: readonly string[] = []): Promise<ChaosServer> {
    const server = await ChaosServer.prepare(['serve', '--data', data, ...flags]);
    await server.start();
    return server;
  }

  /** One that is not started yet, so that others can be told where it will be. */
  static async prepare(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ChaosServer> {
    return new ChaosServer(command, env, await freePort(), await freePort());
  }

  /** What it printed, the newest last. */
  get output(): string {
    return this.#output.slice(-4_000);
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** `more` are flags that were not known before. They are kept for later starts. */
  async start(more: readonly string[] = []): Promise<void> {
    this.#more = [...this.#more, ...more];
    const addresses = ['--http', `127.0.0.1:${this.httpPort}`, '--kafka', `127.0.0.1:${this.kafkaPort}`];
    const args = [join(ROOT, 'bin/stratalog.ts'), ...this.#command, ...addresses, ...this.#more];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.#env } });
    this.#child = child;
    const from = this.#output.length;
    await new Promise<void>((resolve, reject) => {
      const tooLate = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`not ready after ${READY_WITHIN_MS} ms: ${this.output}`));
      }, READY_WITHIN_MS);
      const gather = (piece: Buffer): void => {
        this.#output += piece.toString();
        if (!/^ready /m.test(this.#output.slice(from))) return;
        clearTimeout(tooLate);
        resolve();
      };
      child.stdout.on('data', gather);
      child.stderr.on('data', gather);
      child.once('exit', (code) => {
        clearTimeout(tooLate);
        reject(new Error(`ended with ${code}: ${this.output}`));
      });
    });
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Ends it at once, in the middle of whatever it does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
