/**
 * Makes the project's code fail when it reads real time or randomness during a simulation.
 *
 * The globals and the built-in modules are replaced while a simulation runs. A call is a leak when a frame of the
 * project's own sources is on the stack; the test runner's own calls pass through.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';

const ROOT = new URL('../../', import.meta.url).pathname;
const OWN_FOLDERS = ['lib', 'test'].map((folder) => `${ROOT}${folder}${sep}`);
const THIS_FILE = new URL(import.meta.url).pathname;

type AnyFunction = (...args: never[]) => unknown;
type Holder = Record<string, unknown>;

export class RealTimeGuard {
  readonly #leaks: string[] = [];
  readonly #undo: (() => void)[] = [];

  /** What was called, with the line that called it. */
  get leaks(): readonly string[] {
    return this.#leaks;
  }

  install(): void {
    this.#replaceDate();
    this.#wrap(globalThis.performance as unknown as Holder, ['now'], 'performance');
    this.#wrap(Math as unknown as Holder, ['random'], 'Math');
    this.#wrap(globalThis as unknown as Holder, ['setTimeout', 'setInterval', 'setImmediate', 'fetch'], 'globalThis');
    this.#wrap(process as unknown as Holder, ['hrtime', 'uptime'], 'process');
    this.#wrap(AbortSignal as unknown as Holder, ['timeout'], 'AbortSignal');
    this.#wrap(globalThis.crypto as unknown as Holder, ['getRandomValues', 'randomUUID'], 'crypto');
    const drawing = ['randomBytes', 'randomInt', 'randomUUID', 'randomFillSync'];
    this.#wrap(crypto as unknown as Holder, drawing, 'node:crypto');
    syncBuiltinESMExports();
  }

  uninstall(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
    syncBuiltinESMExports();
  }

  #wrap(holder: Holder, names: readonly string[], owner: string): void {
    for (const name of names) {
      const original = holder[name] as AnyFunction;
      const own = Object.getOwnPropertyDescriptor(holder, name);
      const guarded = (...args: never[]): unknown => {
        this.#note(`${owner}.${name}`);
        return Reflect.apply(original, holder, args);
      };
      Object.defineProperty(holder, name, { value: guarded, configurable: true, writable: true });
      this.#undo.push(() => {
        if (own === undefined) delete holder[name];
        else Object.defineProperty(holder, name, own);
      });
    }
  }

  /** `new Date(ms)` reads no clock and stays allowed. */
  #replaceDate(): void {
    const RealDate = globalThis.Date;
    const note = (what: string): void => this.#note(what);
    globalThis.Date = new Proxy(RealDate, {
      construct(target, args, newTarget) {
        if (args.length === 0) note('new Date()');
        return Reflect.construct(target, args, newTarget) as object;
      },
      get(target, name, receiver) {
        if (name === 'now') note('Date.now');
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    this.#undo.push(() => {
      globalThis.Date = RealDate;
    });
  }

  #note(what: string): void {
    const frames = (new Error(what).stack ?? '').split('\n').slice(1);
    const caller = frames.find((frame) => !frame.includes(THIS_FILE) && OWN_FOLDERS.some((folder) => frame.includes(folder)));
    if (caller === undefined || caller.includes('node_modules')) return;
    this.#leaks.push(`${what} ${caller.trim()}`);
    throw new Error(`${what} was called during a simulation, ${caller.trim()}`);
  }
}
