import { join } from 'node:path';

/** A volume that has this many bytes gets no more segments. */
export const VOLUME_BYTES = 64 * 1024 * 1024;

/**
 * Segments and frames begin at multiples of this, the rest before the next one is zeros: a block that is written in part must be read
 * before, and of a volume that is written again it may long have left the memory.
 */
export const BLOCK_BYTES = 4096;

const NAME = /^(\d{10})\.volume$/;

/** The file of a volume in the folder of volumes. */
export function volumePath(root: string, id: number): string {
  return join(root, `${String(id).padStart(10, '0')}.volume`);
}

/** The volume whose file has this name; undefined when it is none. */
export function volumeIdOf(name: string): number | undefined {
  const id = NAME.exec(name)?.[1];
  return id === undefined ? undefined : Number(id);
}
