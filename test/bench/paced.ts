/**
 * Records sent one by one at a fixed rate; nobody waits for an answer before sending on, so a stall is not hidden. Answers the
 * milliseconds from each call of `send` to its end. Nothing is kept of what has ended: it would be the client's garbage that is measured.
 */
export async function paced(send: () => Promise<unknown>, perSecond: number, count: number): Promise<number[]> {
  const taken = new Float64Array(count);
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
  return [...taken];
}
