import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspectEnvironment, installLambdaRuntimeClient } from '../environment.ts';

export interface LambdaRuntimeOptions {
  /** The folder that would be the function's zip. */
  readonly folder: string;
  /** `file.export`, as in the function's configuration. */
  readonly handler: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  /** The trace that every call belongs to. @default one that is not sampled */
  readonly traceId?: string;
}

export interface InvocationResult {
  readonly payload: Buffer;
  /** What Lambda's X-Amz-Function-Error header would say. */
  readonly functionError: 'Unhandled' | undefined;
  readonly durationMs: number;
}

/**
 * One Lambda environment: a Runtime API on a loopback port and a Node process under AWS's own runtime client
 * that long-polls it. It handles one invocation at a time, as Lambda does; more wait in line.
 * `endpoint` also answers the Invoke path, so a LambdaClient pointed at it reaches the handler.
 */
export interface LambdaRuntime {
  readonly endpoint: string;
  /** From the start of the process to its first poll for work: what Lambda bills as init. */
  readonly initMs: number;
  invoke(event: unknown): Promise<InvocationResult>;
  output(): string;
  /** Ends the process as a machine that fails would, in the midst of a call; the next call gets a new one. */
  kill(): void;
  stop(): Promise<void>;
}

interface Job {
  readonly id: string;
  readonly name: string;
  readonly event: Buffer;
  readonly begunMs: number;
  readonly settle: (result: InvocationResult) => void;
  timer?: NodeJS.Timeout;
}

export async function startLambdaRuntime(options: LambdaRuntimeOptions): Promise<LambdaRuntime> {
  const lambdaRuntimeClient = await installLambdaRuntimeClient(await inspectEnvironment());
  const environment = new ProcessEnvironment(options, lambdaRuntimeClient);
  await environment.listen();
  try {
    const initMs = await environment.spawn();
    return {
      endpoint: environment.endpoint,
      initMs,
      invoke: (event) => environment.invoke('function', Buffer.from(JSON.stringify(event))),
      output: () => environment.output,
      kill: () => environment.kill(),
      stop: () => environment.stop(),
    };
  } catch (error) {
    await environment.stop();
    throw error;
  }
}

class ProcessEnvironment {
  output = '';
  private readonly server: Server;
  private readonly queue: Job[] = [];
  private readonly running = new Map<string, Job>();
  private poll: ServerResponse | undefined;
  private child: ChildProcess | undefined;
  private onFirstPoll: (() => void) | undefined;
  private readonly options: LambdaRuntimeOptions;
  private readonly client: string;

  constructor(options: LambdaRuntimeOptions, client: string) {
    this.options = options;
    this.client = client;
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  /** Starts the process; resolves with the milliseconds until it asked for its first event. */
  async spawn(): Promise<number> {
    const began = performance.now();
    const child = spawn(process.execPath, [this.client, this.options.handler], {
      cwd: this.options.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.childEnvironment(),
    });
    this.child = child;
    const collect = (chunk: Buffer): void => this.note(chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    await new Promise<void>((resolve, reject) => {
      this.onFirstPoll = resolve;
      child.once('exit', (code) => {
        reject(new Error(`the function ended during init (exit ${code}): ${this.output}`));
        this.exited(code);
      });
    });
    return performance.now() - began;
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    const child = this.child;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    this.server.closeAllConnections();
    this.server.close();
  }

  invoke(name: string, event: Buffer): Promise<InvocationResult> {
    return new Promise((settle) => {
      this.queue.push({
        id: randomUUID(),
        name,
        event,
        begunMs: performance.now(),
        settle,
      });
      if (this.child) this.pump();
      else this.respawn();
    });
  }

  private respawn(): void {
    this.spawn().catch((error) => this.failAll('Runtime.ExitError', String(error)));
  }

  private note(text: string): void {
    this.output += text;
  }

  private childEnvironment(): Record<string, string> {
    const timeoutMs = this.timeoutMs();
    return {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '/tmp',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_RUNTIME_API: new URL(this.endpoint).host,
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_FUNCTION_NAME: 'function',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeoutMs / 1000),
      // The runtime client refuses to start without these two.
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/function',
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      LAMBDA_TASK_ROOT: this.options.folder,
      _HANDLER: this.options.handler,
      TZ: 'UTC',
      ...this.options.env,
    };
  }

  private timeoutMs(): number {
    return this.options.timeoutMs ?? 15_000;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [api, first, second, third, fourth] = new URL(request.url ?? '/', this.endpoint).pathname.split('/').slice(1);
    if (api === '2015-03-31' && third === 'invocations') {
      return this.answerInvoke(decodeURIComponent(second ?? ''), request, response);
    }
    if (api !== '2018-06-01') return reply(response, 404, '');
    if (third === 'next') {
      this.poll = response;
      this.onFirstPoll?.();
      return this.pump();
    }
    const body = await readBody(request);
    reply(response, 202, '{}');
    if (first === 'runtime' && second === 'init') this.output += body.toString();
    else if (third !== undefined) this.finish(third, body, fourth === 'error');
  }

  private async answerInvoke(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = await readBody(request);
    if (request.headers['x-amz-invocation-type'] === 'Event') {
      reply(response, 202, '');
      await this.invoke(name, event);
      return;
    }
    const result = await this.invoke(name, event);
    const headers = result.functionError ? { 'X-Amz-Function-Error': result.functionError } : {};
    reply(response, 200, result.payload, {
      'Content-Type': 'application/json',
      ...headers,
    });
  }

  private pump(): void {
    const response = this.poll;
    const job = response && this.queue.shift();
    if (!response || !job) return;
    this.poll = undefined;
    this.running.set(job.id, job);
    const timeoutMs = this.timeoutMs();
    job.timer = setTimeout(() => {
      // Lambda throws away an environment that timed out.
      this.child?.kill('SIGKILL');
      this.fail(job.id, 'Sandbox.Timedout', `${job.id} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
    }, timeoutMs);
    reply(response, 200, job.event, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': job.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + timeoutMs),
      'Lambda-Runtime-Invoked-Function-Arn': `arn:aws:lambda:us-east-1:000000000000:function:${job.name}`,
      'Lambda-Runtime-Trace-Id': this.options.traceId ?? 'Root=1-00000000-000000000000000000000000;Sampled=0',
    });
  }

  private fail(id: string, errorType: string, errorMessage: string): void {
    this.finish(id, Buffer.from(JSON.stringify({ errorType, errorMessage })), true);
  }

  private finish(id: string, payload: Buffer, failed: boolean): void {
    const job = this.running.get(id);
    if (!job) return;
    this.running.delete(id);
    clearTimeout(job.timer);
    job.settle({
      payload,
      functionError: failed ? 'Unhandled' : undefined,
      durationMs: performance.now() - job.begunMs,
    });
  }

  /** A process that dies fails its running invocation; the next one gets a new process, as in Lambda. */
  private exited(code: number | null): void {
    this.poll = undefined;
    this.child = undefined;
    for (const id of [...this.running.keys()]) {
      this.fail(id, 'Runtime.ExitError', `RequestId: ${id} Error: Runtime exited with code ${code}`);
    }
    // What came in between the end and this notice of it still waits.
    if (this.queue.length > 0) this.respawn();
  }

  /** A process that cannot start answers nothing that waits for it. */
  private failAll(errorType: string, errorMessage: string): void {
    for (const job of this.queue.splice(0)) {
      this.running.set(job.id, job);
      this.fail(job.id, errorType, errorMessage);
    }
  }
}

function reply(response: ServerResponse, status: number, body: string | Buffer, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(body);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
