/**
 * A strict JSON reader over UTF-8 bytes.
 *
 * `JSON.parse` takes the last of two equal keys, loses digits of large numbers and tells no position that a program can
 * use. This reader refuses a key that comes twice, says at which byte it stopped, lets the caller keep the exact text
 * of a value, and hands out strings without escapes as views of the input, which is what makes one NDJSON stream quick.
 * The bytes must have been checked to be UTF-8 (`isUtf8` of node:buffer) before.
 */
import { StratalogError } from '../core/errors.ts';
import { JSON_DEPTH_MAX } from '../core/limits.ts';
import type { JsonValue } from './contract.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
export const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
export const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
const LOWER_T = 0x74;
export const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Walks JSON text. Every method stands at the first byte of what it reads, after {@link peek} passed white space. */
export class JsonScanner {
  readonly bytes: Buffer;
  /** The byte that is read next. */
  at: number;
  readonly end: number;
  #depth = 0;

  constructor(bytes: Buffer, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** The next byte that is no white space, without taking it; -1 at the end. */
  peek(): number {
    const { bytes, end } = this;
    let at = this.at;
    while (at < end) {
      const byte = bytes[at] as number;
      if (byte !== SPACE && byte !== NEWLINE && byte !== RETURN && byte !== TAB) break;
      at++;
    }
    this.at = at;
    return at < end ? (bytes[at] as number) : -1;
  }

  /** Takes one structural byte. INVALID_REQUEST when another stands there. */
  expect(byte: number): void {
    if (this.peek() !== byte) throw this.wrong(`'${String.fromCharCode(byte)}' is expected here`);
    this.at++;
  }

  /** Refuses anything but white space up to the end. */
  finish(): void {
    if (this.peek() !== -1) throw this.wrong('nothing may follow the value');
  }

  /**
   * Reads an object: calls `member` with each key, the scanner standing at its value, which `member` must read.
   * INVALID_REQUEST for a key that comes twice.
   */
  readObject(member: (key: string) => void): void {
    this.#open(OPEN_OBJECT);
    const keys: string[] = [];
    let set: Set<string> | undefined;
    if (this.peek() === CLOSE_OBJECT) {
      this.#close();
      return;
    }
    for (;;) {
      if (this.peek() !== QUOTE) throw this.wrong("a key in '\"' is expected here");
      const start = this.at;
      const key = this.readString();
      if (set === undefined ? keys.includes(key) : set.has(key)) {
        throw this.wrong(`the key '${key.slice(0, 80)}' is there twice`, start, key.slice(0, 80));
      }
      // A list is quicker for the few keys an object usually has, a set keeps hostile ones from taking quadratic time.
      if (set !== undefined) set.add(key);
      else if (keys.push(key) > 16) set = new Set(keys);
      this.expect(COLON);
      this.peek();
      member(key);
      if (this.peek() === CLOSE_OBJECT) break;
      this.expect(COMMA);
    }
    this.#close();
  }

  /** Reads a list: calls `item` with each index, the scanner standing at the item, which `item` must read. */
  readList(item: (index: number) => void): void {
    this.#open(OPEN_LIST);
    if (this.peek() === CLOSE_LIST) {
      this.#close();
      return;
    }
    for (let index = 0; ; index++) {
      this.peek();
      item(index);
      if (this.peek() === CLOSE_LIST) break;
      this.expect(COMMA);
    }
    this.#close();
  }

  /** Reads a string. */
  readString(): string {
    const start = this.at + 1;
    const plainEnd = this.#passString();
    return plainEnd >= 0 ? this.bytes.toString('utf8', start, plainEnd) : this.#unescape(start - 1);
  }

  /**
   * The UTF-8 bytes of a string; a view of the input when nothing in it was escaped.
   * INVALID_REQUEST for half a surrogate pair, which has no UTF-8 form.
   */
  readStringBytes(): Buffer {
    const start = this.at + 1;
    const plainEnd = this.#passString();
    if (plainEnd >= 0) return this.bytes.subarray(start, plainEnd);
    const text = this.#unescape(start - 1);
    if (!text.isWellFormed()) throw this.wrong('the string has half a surrogate pair, which has no UTF-8 form', start - 1);
    return Buffer.from(text, 'utf8');
  }

  /** Reads a number as a double. */
  readNumber(): number {
    const start = this.at;
    this.#passNumber();
    return Number(this.bytes.toString('latin1', start, this.at));
  }

  /** Reads `true`, `false` or `null`. */
  readWord(): boolean | null {
    const byte = this.bytes[this.at];
    if (byte === LOWER_N && this.#word('null')) return null;
    if (byte === LOWER_T && this.#word('true')) return true;
    if (byte === LOWER_F && this.#word('false')) return false;
    throw this.wrong('a JSON value is expected here');
  }

  /** Reads any value. */
  readValue(): JsonValue {
    switch (this.peek()) {
      case OPEN_OBJECT: {
        const object: Record<string, JsonValue> = {};
        this.readObject((key) => {
          const value = this.readValue();
          // Plain assignment to this one name would set the prototype.
          if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
          else object[key] = value;
        });
        return object;
      }
      case OPEN_LIST: {
        const list: JsonValue[] = [];
        this.readList(() => list.push(this.readValue()));
        return list;
      }
      case QUOTE:
        return this.readString();
      default:
        return this.#atNumber() ? this.readNumber() : this.readWord();
    }
  }

  /** Passes any value, as strictly as reading it, and answers its exact text as a view. */
  passValue(): Buffer {
    this.peek();
    const start = this.at;
    this.#pass();
    return this.bytes.subarray(start, this.at);
  }

  #pass(): void {
    switch (this.peek()) {
      case OPEN_OBJECT:
        this.readObject(() => this.#pass());
        return;
      case OPEN_LIST:
        this.readList(() => this.#pass());
        return;
      case QUOTE: {
        const start = this.at;
        if (this.#passString() < 0) this.#unescape(start);
        return;
      }
      default:
        if (this.#atNumber()) this.#passNumber();
        else this.readWord();
    }
  }

  /** An INVALID_REQUEST that names the byte. */
  wrong(why: string, at: number = this.at, field = 'body'): StratalogError {
    const found = at >= this.end ? ', the text ends there' : '';
    return new StratalogError('INVALID_REQUEST', `the JSON is wrong at byte ${at}: ${why}${found}`, { field, position: at });
  }

  #open(byte: number): void {
    this.expect(byte);
    if (++this.#depth > JSON_DEPTH_MAX) {
      throw new StratalogError('INVALID_REQUEST', `the JSON is nested deeper than ${JSON_DEPTH_MAX} at byte ${this.at}`, {
        field: 'body',
        limit: JSON_DEPTH_MAX,
        position: this.at,
      });
    }
  }

  #close(): void {
    this.at++;
    this.#depth--;
  }

  /** Passes a string; answers where its text ends if nothing in it was escaped, else -1. */
  #passString(): number {
    const { bytes, end } = this;
    let at = this.at + 1;
    let plain = true;
    while (at < end) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.at = at + 1;
        return plain ? at : -1;
      }
      if (byte === BACKSLASH) {
        plain = false;
        at += 2;
      } else if (byte < SPACE) {
        throw this.wrong('a control character in a string must be escaped', at);
      } else {
        at++;
      }
    }
    throw this.wrong('a string is not closed', end);
  }

  /** The text of the string whose quotes are at `start` and before the current byte. */
  #unescape(start: number): string {
    try {
      return JSON.parse(this.bytes.toString('utf8', start, this.at)) as string;
    } catch {
      throw this.wrong('the string has an escape that does not exist', start);
    }
  }

  #atNumber(): boolean {
    const byte = this.bytes[this.at] as number;
    return this.at < this.end && (byte === MINUS || (byte >= ZERO && byte <= NINE));
  }

  #passNumber(): void {
    if (this.bytes[this.at] === MINUS) this.at++;
    if (this.bytes[this.at] === ZERO && this.at < this.end) this.at++;
    else this.#passDigits();
    if (this.at < this.end && this.bytes[this.at] === DOT) {
      this.at++;
      this.#passDigits();
    }
    const byte = this.at < this.end ? this.bytes[this.at] : -1;
    if (byte === LOWER_E || byte === UPPER_E) {
      this.at++;
      const sign = this.at < this.end ? this.bytes[this.at] : -1;
      if (sign === PLUS || sign === MINUS) this.at++;
      this.#passDigits();
    }
  }

  #passDigits(): void {
    const { bytes, end } = this;
    const start = this.at;
    let at = start;
    while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
    this.at = at;
    if (at === start) throw this.wrong('a digit is expected here');
  }

  #word(word: string): boolean {
    if (this.bytes.toString('latin1', this.at, Math.min(this.at + word.length, this.end)) !== word) return false;
    this.at += word.length;
    return true;
  }
}

/** Whether bytes that are UTF-8 are one strict JSON value without white space around it. */
export function isStrictJson(bytes: Buffer): boolean {
  const scanner = new JsonScanner(bytes);
  try {
    return scanner.passValue().length === bytes.length;
  } catch {
    return false;
  }
}
