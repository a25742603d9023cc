/** A route as a value: the handler and, beside it, what the OpenAPI document says of it. */
import type { z } from 'zod';
import type { Call } from './call.ts';

export interface RouteAnswer {
  readonly description: string;
  /** Media type and schema; none for an empty answer, `null` for bytes or text that no schema describes. */
  readonly content?: Readonly<Record<string, z.ZodType | null>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{name}` for what varies. */
  readonly path: string;
  /** Name of the operation, for generated clients. */
  readonly operation: string;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: Readonly<Record<string, z.ZodType | null>>;
  /** By status; every route may answer a problem besides. */
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Liveness and the like: answered under any load, and not counted as work. */
  readonly unlimited?: boolean;
  readonly handle: (call: Call) => Promise<Response> | Response;
}
