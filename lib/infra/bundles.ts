import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FUNCTIONS, type FunctionName } from './props.ts';

/** The file in each bundle's folder, and the export in it, that Lambda calls. */
export const BUNDLE_FILE = 'index.mjs';
export const BUNDLE_HANDLER = 'index.handler';

/** The folder of one function's bundle, as it goes into its zip; an error when it was not built. */
export function bundleOf(name: FunctionName, folder: string): string {
  const bundle = join(folder, name);
  if (!existsSync(join(bundle, BUNDLE_FILE))) {
    throw new Error(`bundleFolder: ${bundle} holds no ${BUNDLE_FILE}; run npm run build:functions, which builds ${FUNCTIONS.join(', ')}`);
  }
  return bundle;
}

/** Where this package's own bundles lie, in a checkout and in an installed package alike. */
export function defaultBundleFolder(): string {
  return join(packageFolder(), 'dist', 'functions');
}

/** True when every function's bundle lies in the folder. */
export function allBundlesBuilt(folder: string): boolean {
  return FUNCTIONS.every((name) => existsSync(join(folder, name, BUNDLE_FILE)));
}

/** The nearest folder above this file that holds a package.json: compiled files lie one folder deeper than sources. */
export function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = dirname(folder);
  }
  return folder;
}
