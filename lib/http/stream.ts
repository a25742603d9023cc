/**
 * Answers that flow: a pull stream over an async generator, so that the next piece is made when the client took the
 * last, and a client that takes nothing for too long is cut off instead of holding memory.
 */
import { StratalogError } from '../core/errors.ts';

export interface StreamOptions {
  /** Bytes made ahead of the client; 0 makes nothing before it is asked for. */
  readonly aheadBytes: number;
  /** The client is cut off when it takes nothing for this long, ms. */
  readonly stallMs: number;
  /** Called once, however the stream ends. */
  readonly onEnd: (bytes: number) => void;
  /** Aborted when the client is gone, so that the generator stops waiting. */
  readonly gone: AbortController;
  /** Cuts the connection where the server can do that; else the stream is given an error. */
  readonly cut?: (() => void) | undefined;
}

/** A body that sends what the generator yields. The generator turns its own errors into what its format says. */
export function streamOf(pieces: AsyncGenerator<Uint8Array, void, undefined>, options: StreamOptions): ReadableStream<Uint8Array> {
  let stall: NodeJS.Timeout | undefined;
  let bytes = 0;
  let ended = false;
  const end = () => {
    clearTimeout(stall);
    if (ended) return;
    ended = true;
    options.onEnd(bytes);
  };
  const leave = () => {
    options.gone.abort();
    end();
    // A generator that is waiting ends when its wait does; nobody is left to hear how.
    pieces.return().catch(() => {});
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall);
        try {
          const { done, value } = await pieces.next();
          if (done) {
            end();
            controller.close();
            return;
          }
          bytes += value.length;
          controller.enqueue(value);
          stall = setTimeout(() => {
            leave();
            if (options.cut !== undefined) options.cut();
            else controller.error(new StratalogError('REQUEST_TIMED_OUT', 'the client takes nothing of the answer'));
          }, options.stallMs);
          stall.unref();
        } catch (error) {
          leave();
          controller.error(error);
        }
      },
      cancel: leave,
    },
    { highWaterMark: options.aheadBytes, size: (piece) => piece?.byteLength ?? 0 },
  );
}
