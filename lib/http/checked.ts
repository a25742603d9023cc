/** Input checked by a schema; what zod finds becomes our error, with the field, the value and the bound. */
import type { z } from 'zod';
import { StratalogError } from '../core/errors.ts';

type Issue = z.core.$ZodIssue;

/** The value as the schema gives it. INVALID_REQUEST for the first thing that is wrong. */
export function checked<Schema extends z.ZodType>(schema: Schema, input: unknown, where: 'body' | 'query'): z.output<Schema> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  throw errorOf(innermost(result.error.issues[0] as Issue), where);
}

/** The query as an object. INVALID_REQUEST for a name that comes twice. */
export function queryOf(search: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of search) {
    if (name in query) {
      throw new StratalogError('INVALID_REQUEST', `the query has '${shown(name)}' twice`, { field: shown(name) });
    }
    query[name] = value;
  }
  return query;
}

/** Of a union the branch that came furthest is the one that was meant. */
function innermost(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  let best: Issue = issue;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (first !== undefined && first.code !== 'invalid_type' && first.code !== 'invalid_value') best = first;
  }
  return best === issue ? issue : { ...best, path: [...issue.path, ...best.path] };
}

function errorOf(issue: Issue, where: 'body' | 'query'): StratalogError {
  const field = issue.code === 'unrecognized_keys' ? shown(issue.keys[0] ?? '') : issue.path.map(String).join('.') || where;
  const value = scalar(issue.input);
  const what = issue.code === 'unrecognized_keys' ? `the ${where} knows no '${field}'` : `${field}: ${issue.message}`;
  const limit = 'maximum' in issue ? issue.maximum : 'minimum' in issue ? issue.minimum : undefined;
  return new StratalogError('INVALID_REQUEST', what, {
    field,
    ...(value === undefined || issue.code === 'unrecognized_keys' ? {} : { value }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
  });
}

function scalar(value: unknown): string | number | boolean | null | undefined {
  if (typeof value === 'string') return shown(value);
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : undefined;
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
