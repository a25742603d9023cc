/** What `acks` may be, in queries and in JSON. */
import { StratalogError } from '../core/errors.ts';

export type Acks = 0 | 1 | -1;

/** The acknowledgements as the engine counts them; `all` when nothing was said. INVALID_REQUIRED_ACKS otherwise. */
export function acksOf(value: unknown): Acks {
  switch (value) {
    case undefined:
    case null:
    case 'all':
    case '-1':
    case -1:
      return -1;
    case '0':
    case 0:
      return 0;
    case '1':
    case 1:
      return 1;
  }
  const shown = String(value).slice(0, 80);
  throw new StratalogError('INVALID_REQUIRED_ACKS', `acks is '${shown}', it must be 0, 1, -1 or all`, { field: 'acks', value: shown });
}
