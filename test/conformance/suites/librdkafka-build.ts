import { availableParallelism } from 'node:os';
import { command } from './installation.ts';

/**
 * Configures and compiles librdkafka in the folder of its sources. Without optimization, which takes two thirds of the time
 * and which none of its tests needs.
 */
export async function buildLibrdkafka(sources: string, options: readonly string[] = []): Promise<void> {
  await command('./configure', ['--disable-optimization', ...options], { cwd: sources });
  await command('make', [`-j${availableParallelism()}`, 'libs'], { cwd: sources });
}
