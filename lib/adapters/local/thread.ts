import { Worker } from 'node:worker_threads';

/**
 * Starts a thread of this folder's. It takes the flags of the process, of which a thread refuses none when it inherits
 * them; what only fits a program given as text (`--input-type`) would make it refuse its own file, so then it takes none.
 */
export function startThread(file: URL, workerData: unknown): Worker {
  const asText = process.execArgv.some((flag) => flag.startsWith('--input-type'));
  return new Worker(file, { workerData, ...(asText ? { execArgv: [] } : {}) });
}
