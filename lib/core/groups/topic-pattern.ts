/**
 * Regular expressions over topic names, matched whole, in time proportional to pattern times name.
 *
 * KIP-848 matches on the server with RE2, since a pattern that backtracks would let one client stop everybody. This is
 * the part of RE2 that topic names need: literals, `.`, classes, `[:alpha:]` and its like, groups with and without names,
 * `|`, `*`, `+`, `?`, `{m,n}` and their lazy forms, `\d \w \s` and their negations, escapes, `\Q...\E`, the anchors
 * `^ $ \A \z` anywhere (clients join several patterns to `^a|^b`), and `(?i)`. The pattern becomes an automaton whose
 * states are followed side by side (Thompson's construction).
 */
import { StratalogError } from '../errors.ts';
import { GROUP_PATTERN_LENGTH_MAX } from '../limits.ts';

type Test = (code: number) => boolean;
/** A state consumes one character that passes `test` and goes to `to[0]`, or goes to all of `to` at once, where `only` says. */
interface State {
  readonly test?: Test;
  readonly only?: 'at start' | 'at end';
  to: number[];
}
interface Piece {
  readonly start: number;
  readonly end: number;
}

const REPEAT_MAX = 250;
const STATES_MAX = 20_000;

export type TopicPattern = (name: string) => boolean;

/** The matcher of a pattern; INVALID_REQUEST with the place that is not understood. */
export function compileTopicPattern(pattern: string): TopicPattern {
  if (pattern.length === 0 || pattern.length > GROUP_PATTERN_LENGTH_MAX) {
    throw refusal(pattern, `must have 1 to ${GROUP_PATTERN_LENGTH_MAX} characters`);
  }
  const parser = new PatternParser(pattern);
  const whole = parser.parse();
  const { states } = parser;
  return (name) => {
    let now = closure(states, [whole.start], 0, name);
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      const next: number[] = [];
      for (const at of now) {
        const state = states[at] as State;
        if (state.test?.(code)) next.push(...state.to);
      }
      if (next.length === 0) return false;
      now = closure(states, next, i + 1, name);
    }
    return now.has(whole.end);
  };
}

/** All states that are reached from some without consuming anything, standing before a character of the name. */
function closure(states: readonly State[], from: readonly number[], position: number, name: string): ReadonlySet<number> {
  const seen = new Set(from);
  for (const at of seen) {
    const { test, only, to } = states[at] as State;
    if (test !== undefined || (only === 'at start' && position > 0) || (only === 'at end' && position < name.length)) continue;
    for (const next of to) seen.add(next);
  }
  return seen;
}

function refusal(pattern: string, rule: string): StratalogError {
  const shown = pattern.slice(0, 80);
  return new StratalogError('INVALID_REQUEST', `pattern '${shown}' ${rule}`, { field: 'pattern', value: shown });
}

const DIGIT: Test = (c) => c >= 48 && c <= 57;
const WORD: Test = (c) => DIGIT(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const SPACE: Test = (c) => c === 32 || (c >= 9 && c <= 13);
const CLASSES: Readonly<Record<string, Test>> = {
  d: DIGIT,
  w: WORD,
  s: SPACE,
  D: (c) => !DIGIT(c),
  W: (c) => !WORD(c),
  S: (c) => !SPACE(c),
};

/** The names that classes know, as the insides of a class: `[[:digit:]-]`. */
const NAMED_CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t-\r ]/,
  upper: /[A-Z]/,
  word: /\w/,
  xdigit: /[0-9A-Fa-f]/,
};

/** The same character in the other case, if it is a letter of ASCII. */
const otherCase = (code: number): number => ((code | 32) >= 97 && (code | 32) <= 122 ? code ^ 32 : code);

class PatternParser {
  readonly states: State[] = [];
  readonly #pattern: string;
  #at = 0;
  #ignoresCase = false;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Piece {
    const piece = this.#alternatives();
    if (this.#at < this.#pattern.length) throw this.#error(`has an unexpected '${this.#peek()}'`);
    return piece;
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #error(rule: string): StratalogError {
    return refusal(this.#pattern, `${rule} at character ${this.#at + 1}`);
  }

  #state(state: State): number {
    if (this.states.length >= STATES_MAX) throw this.#error('repeats too much');
    this.states.push(state);
    return this.states.length - 1;
  }

  #link(from: number, to: number): void {
    this.states[from]?.to.push(to);
  }

  #one(test: Test): Piece {
    const end = this.#state({ to: [] });
    const either: Test = (code) => test(code) || test(otherCase(code));
    return { start: this.#state({ test: this.#ignoresCase ? either : test, to: [end] }), end };
  }

  #anchor(only: 'at start' | 'at end'): Piece {
    const end = this.#state({ to: [] });
    return { start: this.#state({ only, to: [end] }), end };
  }

  #alternatives(): Piece {
    let piece = this.#sequence();
    while (this.#peek() === '|') {
      this.#at++;
      const other = this.#sequence();
      const end = this.#state({ to: [] });
      this.#link(piece.end, end);
      this.#link(other.end, end);
      piece = { start: this.#state({ to: [piece.start, other.start] }), end };
    }
    return piece;
  }

  #sequence(): Piece {
    const start = this.#state({ to: [] });
    let end = start;
    while (this.#at < this.#pattern.length && this.#peek() !== '|' && this.#peek() !== ')') {
      if (this.#flags()) continue;
      const piece = this.#repeated();
      this.#link(end, piece.start);
      end = piece.end;
    }
    return { start, end };
  }

  #repeated(): Piece {
    const from = this.#at;
    const piece = this.#atom();
    const to = this.#at;
    const bounds = this.#bounds();
    if (!bounds) return piece;
    // Lazy or greedy is one where all of a name has to match.
    if (this.#peek() === '?') this.#at++;
    if (this.#bounds()) throw this.#error(`repeats what ends at ${to} twice`);
    const after = this.#at;
    const copies: Piece[] = [piece];
    const needed = Math.max(bounds.min, bounds.max === Number.POSITIVE_INFINITY ? 1 : bounds.max);
    while (copies.length < needed) {
      this.#at = from;
      copies.push(this.#atom());
    }
    this.#at = after;
    return this.#chain(copies, bounds.min, bounds.max);
  }

  /** Copies in a row of which those from `min` on may be left out, and the last may come again where there is no maximum. */
  #chain(copies: readonly Piece[], min: number, max: number): Piece {
    const start = this.#state({ to: [] });
    const end = this.#state({ to: [] });
    let before = start;
    copies.forEach((copy, i) => {
      if (i >= min) this.#link(before, end);
      if (i < max) this.#link(before, copy.start);
      before = copy.end;
    });
    this.#link(before, end);
    if (max === Number.POSITIVE_INFINITY) this.#link(before, copies.at(-1)?.start ?? end);
    return { start, end };
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    const sign = this.#peek();
    if (sign === '*' || sign === '+' || sign === '?') {
      this.#at++;
      return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    const braces = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(this.#pattern.slice(this.#at));
    if (!braces) return undefined;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === undefined ? Number.POSITIVE_INFINITY : Number(braces[3]);
    if (min > REPEAT_MAX || (Number.isFinite(max) && (max > REPEAT_MAX || max < min || max === 0))) throw this.#error('has bad bounds');
    this.#at += braces[0].length;
    return { min, max };
  }

  #atom(): Piece {
    const sign = this.#peek();
    this.#at++;
    if (sign === '(') return this.#group();
    if (sign === '.') return this.#one(() => true);
    if (sign === '[') return this.#one(this.#class());
    if (sign === '^') return this.#anchor('at start');
    if (sign === '$') return this.#anchor('at end');
    if (sign === '\\') {
      const next = this.#peek();
      if (next !== 'A' && next !== 'z' && next !== 'Q') return this.#one(this.#escape());
      this.#at++;
      if (next === 'Q') return this.#quoted();
      return this.#anchor(next === 'A' ? 'at start' : 'at end');
    }
    if ('*+?'.includes(sign)) throw this.#error(`has an unexpected '${sign}'`);
    const code = sign.charCodeAt(0);
    return this.#one((c) => c === code);
  }

  /** Flags for the rest of the group: `(?i)`, and `(?s)`, which changes nothing since names have no lines. */
  #flags(): boolean {
    const flags = /^\(\?([is]+)\)/.exec(this.#pattern.slice(this.#at));
    if (!flags) return false;
    this.#at += flags[0].length;
    if (flags[1]?.includes('i')) this.#ignoresCase = true;
    return true;
  }

  #group(): Piece {
    const outside = this.#ignoresCase;
    if (this.#peek() === '?') {
      const head = /^\?(?:P?<[A-Za-z_]\w*>|([is]*):)/.exec(this.#pattern.slice(this.#at));
      if (!head) throw this.#error('has a group that is not supported');
      this.#at += head[0].length;
      if (head[1]?.includes('i')) this.#ignoresCase = true;
    }
    const piece = this.#alternatives();
    if (this.#peek() !== ')') throw this.#error('has no closing bracket');
    this.#at++;
    this.#ignoresCase = outside;
    return piece;
  }

  #quoted(): Piece {
    const close = this.#pattern.indexOf('\\E', this.#at);
    const text = this.#pattern.slice(this.#at, close < 0 ? undefined : close);
    this.#at = close < 0 ? this.#pattern.length : close + 2;
    const start = this.#state({ to: [] });
    let end = start;
    for (const code of [...text].map((sign) => sign.charCodeAt(0))) {
      const piece = this.#one((c) => c === code);
      this.#link(end, piece.start);
      end = piece.end;
    }
    return { start, end };
  }

  #escape(): Test {
    const sign = this.#peek();
    const known = CLASSES[sign];
    this.#at++;
    if (known) return known;
    if (sign === '' || /[a-zA-Z0-9]/.test(sign)) throw this.#error(`has an escape '\\${sign}' that is not supported`);
    const code = sign.charCodeAt(0);
    return (c) => c === code;
  }

  #class(): Test {
    const negated = this.#peek() === '^';
    if (negated) this.#at++;
    const tests: Test[] = [];
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#pattern.length) throw this.#error('has no closing bracket');
      const sign = this.#peek();
      this.#at++;
      if (sign === '\\') {
        tests.push(this.#escape());
        continue;
      }
      const named = sign === '[' ? /^:(\^?)(\w+):\]/.exec(this.#pattern.slice(this.#at)) : null;
      if (named) {
        const characters = NAMED_CLASSES[named[2] ?? ''];
        if (characters === undefined) throw this.#error(`has a class '${named[2]}' that is not there`);
        this.#at += named[0].length;
        tests.push((c) => characters.test(String.fromCharCode(c)) !== (named[1] === '^'));
        continue;
      }
      const low = sign.charCodeAt(0);
      const ranged = this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']' && this.#at + 1 < this.#pattern.length;
      const high = ranged ? this.#pattern.charCodeAt(this.#at + 1) : low;
      if (ranged) this.#at += 2;
      if (high < low) throw this.#error('has a range that runs backwards');
      tests.push((c) => c >= low && c <= high);
    }
    this.#at++;
    return negated ? (c) => !tests.some((test) => test(c)) : (c) => tests.some((test) => test(c));
  }
}
