import { StratalogError } from '../core/errors.ts';
import type { MemoryPool } from '../format/memory-pool.ts';
import { requestHeaderVersion, responseHeaderVersion } from './api-versions.ts';
import { decodeRequestHeader, encodeResponseHeader, type RequestHeader } from './messages/headers.ts';
import type { ApiName, Codec, Messages } from './messages/registry.ts';
import { Reader } from './wire/reader.ts';
import { Writer } from './wire/writer.ts';

/** Bytes of the size that stands before every request and response. */
const FRAME_PREFIX_BYTES = 4;

/** Least bytes of a request: API key, version and correlation id. */
const FRAME_BYTES_MIN = 8;

/** A frame's room is taken at once up to here; a longer one grows as its bytes come, so that a lie costs nothing. */
const FRAME_ROOM_BYTES = 1024 * 1024;

/**
 * Cuts a connection's bytes into requests. A request that lies within one chunk is a view of it; one that spans
 * several is copied once into room of its own size (once more for each doubling beyond the first mebibyte), which whoever is handed
 * the request holds.
 */
export class FrameAssembler {
  readonly #frameBytesMax: number;
  readonly #memory: MemoryPool;
  #room: Buffer | undefined;
  #filled = 0;
  #size = 0;
  /** Up to three bytes of a size prefix that a chunk ended in. */
  #prefix: Buffer = Buffer.alloc(0);

  constructor(frameBytesMax: number, memory: MemoryPool) {
    this.#frameBytesMax = frameBytesMax;
    this.#memory = memory;
  }

  /**
   * Takes the next bytes and hands on each request they complete, without its size prefix. Throws INVALID_REQUEST or
   * REQUEST_TOO_LARGE for a size that no request of ours has; nothing can be read from the connection after that.
   */
  push(bytes: Buffer, onFrame: (frame: Buffer) => void): void {
    let chunk = bytes;
    if (this.#prefix.length > 0) {
      chunk = Buffer.concat([this.#prefix, bytes]);
      this.#prefix = Buffer.alloc(0);
    }
    let at = 0;
    if (this.#room !== undefined) {
      at = this.#fill(this.#room, chunk);
      if (this.#filled < this.#size) return;
      const frame = this.#room.subarray(0, this.#size);
      this.#room = undefined;
      onFrame(frame);
    }
    while (chunk.length - at >= FRAME_PREFIX_BYTES) {
      const size = this.#checkedSize(chunk, at);
      const start = at + FRAME_PREFIX_BYTES;
      if (chunk.length - start < size) {
        this.#size = size;
        this.#filled = 0;
        this.#room = this.#memory.takeForSocket(Math.min(size, FRAME_ROOM_BYTES));
        this.#fill(this.#room, chunk.subarray(start));
        return;
      }
      at = start + size;
      onFrame(chunk.subarray(start, at));
    }
    if (at < chunk.length) this.#prefix = Buffer.from(chunk.subarray(at));
  }

  /** Gives back the memory of a request that will not be complete. */
  drop(): void {
    if (this.#room !== undefined) this.#memory.release(this.#room);
    this.#room = undefined;
  }

  /** Copies what the unfinished frame still needs; answers how many bytes of the chunk that took. */
  #fill(room: Buffer, chunk: Buffer): number {
    const take = Math.min(this.#size - this.#filled, chunk.length);
    let target = room;
    if (this.#filled + take > room.length) {
      target = this.#memory.takeForSocket(Math.min(this.#size, Math.max(2 * room.length, this.#filled + take)));
      room.copy(target, 0, 0, this.#filled);
      this.#memory.release(room);
      this.#room = target;
    }
    chunk.copy(target, this.#filled, 0, take);
    this.#filled += take;
    return take;
  }

  #checkedSize(chunk: Buffer, at: number): number {
    const size = chunk.readInt32BE(at);
    if (size >= FRAME_BYTES_MIN && size <= this.#frameBytesMax) return size;
    const looksLike = foreignProtocol(chunk.subarray(at));
    const hint = looksLike === undefined ? '' : `; this looks like ${looksLike}`;
    if (size < FRAME_BYTES_MIN) {
      throw new StratalogError('INVALID_REQUEST', `request size ${size} is below ${FRAME_BYTES_MIN} bytes${hint}`, {
        field: 'size',
        value: size,
        limit: FRAME_BYTES_MIN,
      });
    }
    throw new StratalogError('REQUEST_TOO_LARGE', `request size ${size} is above the limit of ${this.#frameBytesMax} bytes${hint}`, {
      field: 'size',
      value: size,
      limit: this.#frameBytesMax,
    });
  }
}

/** What else is known to knock on a Kafka port, told by its first bytes. */
function foreignProtocol(start: Buffer): string | undefined {
  const text = start.toString('latin1', 0, 4);
  if (/^(GET |POST|PUT |HEAD|OPTI|DELE|PATC|PRI )/.test(text)) return 'HTTP';
  if (start[0] === 0x16 && start[1] === 0x03) return 'a TLS handshake';
  if (text === 'SSH-') return 'SSH';
  return undefined;
}

/** The API key and the version that a frame begins with; a frame is never shorter than that. */
export function peekRequest(frame: Buffer): { readonly apiKey: number; readonly version: number; readonly correlationId: number } {
  return { apiKey: frame.readInt16BE(0), version: frame.readInt16BE(2), correlationId: frame.readInt32BE(4) };
}

/** Decodes a request of a known API in a version its codec has. Throws INVALID_REQUEST. Byte fields are views of the frame. */
export function decodeRequestFrame<N extends ApiName>(
  codec: Codec<N>,
  frame: Buffer,
  version: number,
): { readonly header: RequestHeader; readonly request: Messages[N]['request'] } {
  const reader = new Reader(frame);
  const header = decodeRequestHeader(reader, requestHeaderVersion(codec.name, version));
  return { header, request: codec.decodeRequest(reader, version) };
}

/** Encodes a response with its size and header, as buffers to be written one after the other; record batches are not copied. */
export function encodeResponseFrame<N extends ApiName>(
  codec: Codec<N>,
  correlationId: number,
  response: Messages[N]['response'],
  version: number,
): Buffer[] {
  const writer = new Writer();
  writer.int32(0);
  encodeResponseHeader(writer, { correlationId }, responseHeaderVersion(codec.name, version));
  codec.encodeResponse(writer, response, version);
  return writer.finish(true);
}
