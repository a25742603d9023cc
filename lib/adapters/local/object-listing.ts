import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectInfo } from '../../ports/object-store.ts';

/** Objects of a folder in order of key, without those that are still being written. */
export async function listObjects(
  root: string,
  query: { readonly prefix: string; readonly after: string | undefined; readonly limit: number },
): Promise<readonly ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  await walk(root, '', { ...query, after: query.after ?? '' }, found);
  return found;
}

interface Query {
  readonly prefix: string;
  readonly after: string;
  readonly limit: number;
}

async function walk(root: string, folder: string, query: Query, found: ObjectInfo[]): Promise<void> {
  for (const key of await keysOf(root, folder)) {
    if (found.length >= query.limit) return;
    if (key.endsWith('/')) {
      const mayMatch = key.startsWith(query.prefix) || query.prefix.startsWith(key);
      const mayFollow = key > query.after || query.after.startsWith(key);
      if (mayMatch && mayFollow) await walk(root, key, query, found);
    } else if (key > query.after && key.startsWith(query.prefix)) {
      const info = await objectInfo(root, key);
      if (info !== undefined) found.push(info);
    }
  }
}

/** Names in a folder as keys; a folder's ends in '/', which puts it at its place in the order of keys. */
async function keysOf(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter(({ name }) => !name.startsWith('.'))
    .map((entry) => folder + (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** Size and age of one object, undefined when there is none. */
export async function objectInfo(root: string, key: string): Promise<ObjectInfo | undefined> {
  try {
    const { size, mtimeMs } = await stat(join(root, key));
    return { key, size, putAtMs: Math.floor(mtimeMs) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
