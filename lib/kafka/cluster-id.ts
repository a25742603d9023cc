import { isStratalogError } from '../core/errors.ts';
import type { EngineDeps } from '../engine/engine.ts';

/** The job whose one lease never ends, and whose owner is the id. */
const CLUSTER_JOB = 'cluster';
/** The last moment that a date can name. */
const NEVER_MS = 8_640_000_000_000_000;
const ID_BYTES = 16;

/**
 * The id of the deployment, as Kafka makes them: 16 random bytes in base64url. Whoever asks first stores it; everybody else, in any
 * process and after any restart, is answered the same. A deployment that cannot be written gets one for the life of the process.
 *
 * Cost: 1 read; once in the life of a deployment a write besides.
 */
export async function clusterIdOf({ work, random, clock }: Pick<EngineDeps, 'work' | 'random' | 'clock'>): Promise<string> {
  const stored = await work?.read(CLUSTER_JOB, 0);
  if (stored !== undefined) return stored.owner;
  const id = newId(random);
  if (work === undefined) return id;
  try {
    const now = clock.now();
    return (await work.acquire(CLUSTER_JOB, 0, id, now, NEVER_MS - now)).lease.owner;
  } catch (error) {
    if (isStratalogError(error, 'STORAGE_READ_ONLY')) return id;
    throw error;
  }
}

/** Kafka draws again while an id begins with a dash, which command lines would take for an option. */
function newId(random: EngineDeps['random']): string {
  for (;;) {
    const id = Buffer.from(random.bytes(ID_BYTES)).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}
