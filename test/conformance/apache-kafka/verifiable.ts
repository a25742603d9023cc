/** The programs of Apache Kafka's tests that print a line of JSON for everything that happens to them. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { javaArguments } from './install.ts';

export interface Verifiable {
  lines(): Record<string, unknown>[];
  readonly ended: Promise<number | null>;
  readonly stderr: Promise<string>;
  /** Asks it to leave, and waits until it has. */
  stop(): Promise<void>;
}

/** Starts `VerifiableProducer` or `VerifiableConsumer`; it ends with the test. */
export async function verifiable(program: string, args: readonly string[], heapMb = 256): Promise<Verifiable> {
  const child = spawn('java', await javaArguments(`org.apache.kafka.tools.${program}`, args, heapMb), {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (piece: Buffer) => {
    printed += piece.toString();
  });
  const stderr = text(child.stderr);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    lines() {
      const whole = printed.slice(0, printed.lastIndexOf('\n') + 1).split('\n');
      return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    ended,
    stderr,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
