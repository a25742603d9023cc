/**
 * Request bodies: refused before they are held, bounded in size and time, and charged to one budget of the process.
 *
 * In a Node server the chunks come straight from the socket's stream; elsewhere from the standard `Request`.
 */
import type { IncomingMessage } from 'node:http';
import { StratalogError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';

/** A body of a stated size up to here is read into one piece of memory; a longer one is put together when it is there. */
const ROOM_BYTES_MAX = 4 * 1024 * 1024;

type MemoryPool = Engine['memory'];

interface Gathering {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly memory: MemoryPool | undefined;
  /** What Content-Length says. */
  readonly stated: number | undefined;
}

/** Bytes of bodies that all requests of a process hold together. */
export class BodyBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get held(): number {
    return this.#held;
  }

  /** THROTTLED when the bytes do not fit any more. One request alone always fits: its own limit is smaller. */
  take(bytes: number): void {
    if (this.#held > 0 && this.#held + bytes > this.#limit) {
      throw new StratalogError('THROTTLED', `requests of ${this.#held} bytes are under way, at most ${this.#limit} are held at once`, {
        field: 'body',
        limit: this.#limit,
        retryAfterMs: 1000,
      });
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Whoever takes a body as it comes: pieces in order, then its end or why there is none. */
export interface BodyReceiver {
  piece(bytes: Buffer): void;
  end(): void;
  cut(error: StratalogError): void;
}

/** A body that comes by itself. */
export interface BodyFlow {
  pause(): void;
  resume(): void;
  /** Nothing more is told; what still comes is not held. */
  stop(): void;
}

/** The body of one request. */
export class RequestBody {
  readonly #request: Request;
  readonly #incoming: IncomingMessage | undefined;
  readonly #budget: BodyBudget;
  #charged = 0;
  /** Bytes read so far. */
  received = 0;

  constructor(request: Request, incoming: IncomingMessage | undefined, budget: BodyBudget) {
    this.#request = request;
    this.#incoming = incoming;
    this.#budget = budget;
  }

  /** What Content-Length says; undefined for a body sent in chunks. */
  get statedBytes(): number | undefined {
    const text = this.#request.headers.get('content-length');
    return text === null ? undefined : Number(text);
  }

  /**
   * The whole body. REQUEST_TOO_LARGE from Content-Length alone where it is given, else as soon as the limit is passed;
   * REQUEST_TIMED_OUT when it is not there in time; THROTTLED when the process holds too many bodies. Where `memory` is given it may
   * lie in it: then it is the caller's to release.
   */
  async whole(maxBytes: number, timeoutMs: number, memory?: MemoryPool): Promise<Buffer> {
    const stated = this.statedBytes;
    if (stated !== undefined && stated > maxBytes) throw tooLarge(stated, maxBytes);
    const deadline = performance.now() + timeoutMs;
    if (this.#incoming !== undefined) return this.#gathered(this.#incoming, { maxBytes, timeoutMs, memory, stated });
    const pieces: Buffer[] = [];
    const iterator = this.#iterator();
    try {
      for (;;) {
        const { done, value } = await within(iterator.next(), deadline - performance.now());
        if (done) break;
        const piece = asBuffer(value);
        this.received += piece.length;
        if (this.received > maxBytes) throw tooLarge(stated ?? this.received, maxBytes);
        this.#charge(piece.length);
        pieces.push(piece);
      }
    } catch (error) {
      letGo(iterator);
      throw error;
    }
    const only = pieces[0];
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, this.received);
  }

  /** The body piece by piece; the next piece is asked of the client only when it is asked for here. */
  async *chunks(stallMs: number): AsyncGenerator<Buffer, void, undefined> {
    const iterator = this.#iterator();
    try {
      for (;;) {
        const { done, value } = await within(iterator.next(), stallMs);
        if (done) return;
        const piece = asBuffer(value);
        this.received += piece.length;
        yield piece;
      }
    } finally {
      letGo(iterator);
    }
  }

  /** As {@link chunks}, without a promise and a timer for each piece: the body comes until it is told to pause. */
  flow(receiver: BodyReceiver): BodyFlow {
    const counted: BodyReceiver = {
      ...receiver,
      piece: (bytes) => {
        this.received += bytes.length;
        receiver.piece(bytes);
      },
    };
    return this.#incoming === undefined ? flowOf(this.#iterator(), counted) : flowOfNode(this.#incoming, counted);
  }

  /** Charges bytes that are held of a body that flows, see {@link BodyBudget.take}. */
  hold(bytes: number): void {
    this.#charge(bytes);
  }

  /** Gives back what was charged for some of it. */
  letGo(bytes: number): void {
    this.#budget.give(bytes);
    this.#charged -= bytes;
  }

  /** Gives back what was charged; the body is not used any more. */
  release(): void {
    this.#budget.give(this.#charged);
    this.#charged = 0;
  }

  /** The whole body by the events of Node's own stream, without a promise and a timer for each piece. */
  #gathered(incoming: IncomingMessage, { maxBytes, timeoutMs, memory, stated }: Gathering): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      // Room is taken when the first byte is there, and no more than a lie may cost; what does not fit it is put together at the end.
      let room: Buffer | undefined;
      let filled = 0;
      const finish = (): void => {
        clearTimeout(timer);
        incoming.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      };
      const fail = (error: StratalogError): void => {
        finish();
        // What still comes is not held: the server drops it, see `letGo`.
        incoming.pause();
        if (room !== undefined) memory?.release(room);
        room = undefined;
        reject(error);
      };
      const onData = (piece: Buffer): void => {
        this.received += piece.length;
        try {
          if (this.received > maxBytes) throw tooLarge(this.statedBytes ?? this.received, maxBytes);
          this.#charge(piece.length);
        } catch (error) {
          fail(error as StratalogError);
          return;
        }
        if (memory !== undefined && stated !== undefined && stated <= ROOM_BYTES_MAX && piece.length < stated)
          room ??= memory.takeForSocket(stated);
        if (room !== undefined && pieces.length === 0 && filled + piece.length <= room.length) filled += piece.copy(room, filled);
        else pieces.push(piece);
        // The stream's own end comes some turns later.
        if (this.received === stated) onEnd();
      };
      const onEnd = (): void => {
        finish();
        if (room !== undefined && pieces.length === 0) {
          resolve(room.subarray(0, filled));
          return;
        }
        if (room !== undefined) pieces.unshift(room.subarray(0, filled));
        const only = pieces[0];
        resolve(pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, this.received));
      };
      const onCut = (cause?: Error): void => fail(cutOff(cause));
      const timer = setTimeout(() => fail(tooLate()), timeoutMs);
      if (incoming.destroyed && !incoming.readableEnded) {
        fail(cutOff());
        return;
      }
      if (incoming.readableEnded) {
        onEnd();
        return;
      }
      incoming.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
    });
  }

  #charge(bytes: number): void {
    this.#budget.take(bytes);
    this.#charged += bytes;
  }

  #iterator(): AsyncIterator<Uint8Array> {
    // Leaving early must not destroy the socket: the refusal still has to be sent over it.
    if (this.#incoming !== undefined) return this.#incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
    return readerOf(this.#request.body);
  }
}

/** By the events of Node's own stream. */
function flowOfNode(incoming: IncomingMessage, { piece, end, cut }: BodyReceiver): BodyFlow {
  const onCut = (cause?: Error): void => cut(cutOff(cause));
  const stop = (): void => {
    incoming.off('data', piece).off('end', end).off('error', onCut).off('close', onCut);
    incoming.pause();
  };
  incoming.on('data', piece).on('end', end).on('error', onCut).on('close', onCut);
  return { pause: () => incoming.pause(), resume: () => incoming.resume(), stop };
}

function flowOf(iterator: AsyncIterator<Uint8Array>, { piece, end, cut }: BodyReceiver): BodyFlow {
  let stopped = false;
  let going: PromiseWithResolvers<void> | undefined;
  const resume = (): void => {
    going?.resolve();
    going = undefined;
  };
  const run = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await iterator.next();
      await going?.promise;
      if (stopped) return;
      if (done) return end();
      piece(asBuffer(value));
    }
  };
  run().catch((error: unknown) => stopped || cut(cutOff(error)));
  return {
    pause: () => {
      going ??= Promise.withResolvers();
    },
    resume,
    stop: () => {
      stopped = true;
      resume();
      letGo(iterator);
    },
  };
}

function readerOf(stream: ReadableStream<Uint8Array> | null): AsyncIterator<Uint8Array> {
  if (stream === null) return { next: async () => ({ done: true, value: undefined }) };
  const reader = stream.getReader();
  return { next: () => reader.read() as Promise<IteratorResult<Uint8Array>> };
}

/**
 * Leaves a body unread. The server then drops what still comes for a moment, and closes the connection if there is no
 * end to it: closing at once, with bytes unread, would reset it, and the client would never see why.
 */
function letGo(iterator: AsyncIterator<Uint8Array>): void {
  iterator.return?.().catch(() => {});
}

/** Waits for a piece of the body at most `ms`. */
async function within<T>(piece: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(tooLate());
    }, ms);
  });
  try {
    return await Promise.race([piece, late]);
  } catch (error) {
    if (error instanceof StratalogError) throw error;
    throw cutOff(error);
  } finally {
    clearTimeout(timer);
  }
}

export function tooLate(): StratalogError {
  return new StratalogError('REQUEST_TIMED_OUT', 'the request body did not arrive in time', { field: 'body', bodyTimedOut: true });
}

function cutOff(cause?: unknown): StratalogError {
  return new StratalogError('INVALID_REQUEST', 'the request body was cut off', { field: 'body' }, cause);
}

export function tooLarge(bytes: number, limit: number): StratalogError {
  return new StratalogError('REQUEST_TOO_LARGE', `the body has ${bytes} bytes or more, at most ${limit} are taken`, {
    field: 'body',
    value: bytes,
    limit,
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
