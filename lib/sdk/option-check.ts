/** Checks of options, so that every wrong one is refused with its name, its value and its bound. */
import { StratalogError } from '../core/errors.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** The value, or the default when it is not given; INVALID_REQUEST unless it is a whole number within bounds. */
export function wholeNumber(name: string, value: unknown, fallback: number, { min, max }: Bounds): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new StratalogError('INVALID_REQUEST', `${name} is ${shown(value)}, it must be a whole number from ${min} to ${max}`, {
    field: name,
    value: shown(value),
    limit: typeof value === 'number' && value < min ? min : max,
  });
}

/** The value, or the default when it is not given; INVALID_REQUEST unless it is one of `allowed`. */
export function oneOf<Value extends string | number>(name: string, value: unknown, fallback: Value, allowed: readonly Value[]): Value {
  if (value === undefined) return fallback;
  if ((allowed as readonly unknown[]).includes(value)) return value as Value;
  throw new StratalogError('INVALID_REQUEST', `${name} is ${shown(value)}, it must be one of ${allowed.join(', ')}`, {
    field: name,
    value: shown(value),
    limit: allowed.join(', '),
  });
}

/** The value, or the default when it is not given; INVALID_REQUEST unless it is true or false. */
export function yesOrNo(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? fallback;
  throw new StratalogError('INVALID_REQUEST', `${name} is ${shown(value)}, it must be true or false`, { field: name, value: shown(value) });
}

/** INVALID_REQUEST when an object has an option that does not exist: a misspelt option must not be passed over. */
export function onlyKnown(what: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new StratalogError('INVALID_REQUEST', `${what} has no option '${name}'; it has ${known.join(', ')}`, { field: name });
  }
}

/** A value as it may stand in a message: short, and never an object's insides. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}...` : value}'`;
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'undefined') return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
