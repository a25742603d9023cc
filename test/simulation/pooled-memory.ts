/** Appends and fetches as doors do: in memory of the engine's own, which is given back, and written over, when they are done. */
import type { AppendAnswer, AppendRequest } from '../../lib/engine/append.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import type { FetchAnswer, FetchRequest } from '../../lib/engine/fetch.ts';
import { MemoryPool } from '../../lib/format/memory-pool.ts';

export function poisonedMemory(): MemoryPool {
  return new MemoryPool({ poison: true, pooledBytesMin: 1 });
}

export async function appendPooled(engine: Engine, request: AppendRequest): Promise<AppendAnswer> {
  const batches = engine.memory.take(request.batches.length);
  batches.set(request.batches);
  try {
    return await engine.append({ ...request, batches });
  } finally {
    engine.memory.release(batches);
  }
}

export async function fetchPooled(engine: Engine, request: FetchRequest): Promise<FetchAnswer> {
  const answer = await engine.fetch(request);
  const batches = answer.batches.map((batch) => Buffer.from(batch));
  engine.memory.releaseAll(answer.batches);
  return { ...answer, batches };
}
