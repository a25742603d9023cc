/** Does a step for each item, at most `limit` at once. The first error is thrown when those that had begun have ended. */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  step: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    for (let at = next++; at < items.length && !failed; at = next++) {
      try {
        await step(items[at] as Item, at);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
