import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = new URL('../..', import.meta.url).pathname;

/** TypeScript files below folders of the project, as paths from its root, in order. */
export function sourceFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) => walk(join(ROOT, folder))).sort();
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name === 'cdk.out' ? [] : walk(path);
    return entry.name.endsWith('.ts') ? [relative(ROOT, path)] : [];
  });
}

export function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

export function linesOf(file: string): number {
  return textOf(file).split('\n').length - 1;
}
