/** Which media type a request sends and which it wants. */

/** The media type without parameters, in lower case; empty when none was given. */
export function mediaTypeOf(header: string | null): string {
  return header === null ? '' : (header.split(';', 1)[0] as string).trim().toLowerCase();
}

/**
 * The offered type that the Accept header likes best (RFC 9110 section 12.5.1), by weight, then by how exactly it was
 * named, then in the order offered; undefined when it likes none of them. No header likes everything.
 */
export function preferred<Type extends string>(accept: string | null, offered: readonly Type[]): Type | undefined {
  if (accept === null || accept.trim() === '') return offered[0];
  const ranges = accept.split(',').map(rangeOf);
  let best: { readonly type: Type; readonly weight: number; readonly order: number } | undefined;
  for (const type of offered) {
    const match = ranges
      .map((range, order) => ({ ...range, order, exactness: exactness(range.type, type) }))
      .filter((range) => range.exactness > 0)
      .sort((a, b) => b.exactness - a.exactness)[0];
    if (match === undefined || match.weight === 0) continue;
    const weight = match.weight * 10 + match.exactness;
    if (best === undefined || weight > best.weight || (weight === best.weight && match.exactness === 3 && match.order < best.order)) {
      best = { type, weight, order: match.order };
    }
  }
  return best?.type;
}

function rangeOf(text: string): { readonly type: string; readonly weight: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = q === undefined ? 1 : Number(q.slice(2));
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 0 };
}

/** 3 for the type itself, 2 for its group, 1 for anything, 0 for no match. */
function exactness(range: string, type: string): number {
  if (range === type) return 3;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 2 : 0;
}
