/** Where a command reads and writes: streams, and whether a person looks at them. */
import type { Readable, Writable } from 'node:stream';

export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Someone sits at standard error: progress and colours are wanted there. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at the first Ctrl-C: the command ends in good order. */
  readonly interrupted: AbortSignal;
}

/** The reader of our output is gone (`| head`): nobody is interested in the rest, and that is no failure. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED');
}

/** Writes, and waits while the reader is slower than we are. */
export function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(error) : resolve()));
  });
}

/** Makes errors stand out where a person looks and no `NO_COLOR` is set. */
export function red(terminal: Terminal, text: string): string {
  const plain = !terminal.interactive || (terminal.env.NO_COLOR ?? '') !== '';
  return plain ? text : `\u001b[31m${text}\u001b[39m`;
}
