/** Ids as bytes. Buffer's own way goes through C++, which costs more than the few digits of an id do here. */

const DASH = 0x2d;
const NINE = 0x39;
const ZERO = 0x30;
/** From "a" to 10. */
const LETTERS = 0x57;

/** Writes the first `size` bytes that lower-case hex digits stand for; dashes between them, as in a UUID, are passed over. */
export function writeHex(bytes: Uint8Array, at: number, text: string, size: number): void {
  let from = 0;
  for (let place = at; place < at + size; place++) {
    if (text.charCodeAt(from) === DASH) from++;
    bytes[place] = (digit(text.charCodeAt(from)) << 4) | digit(text.charCodeAt(from + 1));
    from += 2;
  }
}

function digit(code: number): number {
  return code <= NINE ? code - ZERO : code - LETTERS;
}
