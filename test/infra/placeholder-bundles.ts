import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLE_FILE } from '../../lib/infra/bundles.ts';
import { FUNCTIONS } from '../../lib/infra/props.ts';

let folder: string | undefined;

/** A folder with a bundle for every function that only says its name: templates are tested without building functions. */
export function placeholderBundles(): string {
  if (folder !== undefined) return folder;
  folder = mkdtempSync(join(tmpdir(), 'stratalog-bundles-'));
  for (const name of FUNCTIONS) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, BUNDLE_FILE), `export const handler = async (event) => ({ name: '${name}', event });\n`);
  }
  return folder;
}
