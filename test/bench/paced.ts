/** Records sent one by one at a fixed rate; nobody waits for an answer before sending on, so a stall is not hidden. */
export interface PacedLoad {
  readonly perSecond: number;
  /** Records before those that count. */
  readonly warmUp: number;
  readonly count: number;
}

/** Milliseconds from each call of `send` to its end. Nothing is kept of what has ended: it would be the client's garbage that is measured. */
export async function paced(send: () => Promise<unknown>, { perSecond, warmUp, count }: PacedLoad): Promise<number[]> {
  await sendAll(send, perSecond, new Float64Array(warmUp));
  const taken = new Float64Array(count);
  await sendAll(send, perSecond, taken);
  return [...taken];
}

async function sendAll(send: () => Promise<unknown>, perSecond: number, taken: Float64Array): Promise<void> {
  const all = Promise.withResolvers<void>();
  let ended = 0;
  const startedAt = performance.now();
  for (let sent = 0; sent < taken.length; ) {
    const due = Math.min(taken.length, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    for (; sent < due; sent++) {
      const place = sent;
      const sentAt = performance.now();
      send().then(() => {
        taken[place] = performance.now() - sentAt;
        if (++ended === taken.length) all.resolve();
      }, all.reject);
    }
    // A timer and not a spin, so that the client leaves its core to the server.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (taken.length > 0) await all.promise;
}
