/** Asking an engine of another process, which may be frozen or dead. */
import { StratalogError } from '../../lib/core/errors.ts';
import type { SimProcess } from './sim-process.ts';

/** How long a client waits for another process. */
const CLIENT_PATIENCE_MS = 40_000;

/** What another process answers reaches `process` only while that runs; REQUEST_TIMED_OUT when nothing comes. */
export function fromElsewhere<Answer>(process: SimProcess, asked: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const given = new AbortController();
    const heard = (step: () => void): void => {
      process.deliver(() => {
        given.abort();
        step();
      });
    };
    asked.then(
      (answer) => heard(() => resolve(answer)),
      (error: unknown) => heard(() => reject(error)),
    );
    void process.clock
      .sleep(CLIENT_PATIENCE_MS, given.signal)
      .then(() => reject(new StratalogError('REQUEST_TIMED_OUT', 'another process did not answer')));
  });
}
