import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractTypeScriptConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { describe, expect, it } from 'vitest';
import { mayImportFile, mayImportPackage, rowOf } from './import-table.ts';
import { sourceFiles } from './source-files.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

async function cruiseSources(): Promise<ICruiseResult> {
  const result = await cruise(
    ['lib', 'functions', 'bin'],
    { baseDir: ROOT, tsPreCompilationDeps: true, doNotFollow: { path: 'node_modules' }, includeOnly: undefined as never },
    undefined,
    { tsConfig: extractTypeScriptConfig(`${ROOT}/tsconfig.json`) },
  );
  return result.output as ICruiseResult;
}

describe('the import table', () => {
  it('sees every source file and finds no import that the table does not allow', async () => {
    const { modules } = await cruiseSources();
    const own = modules.filter(({ source }) => rowOf(source) !== undefined);
    const files = sourceFiles(['lib', 'functions', 'bin']);
    // A checker that sees nothing finds nothing: the count is part of the promise.
    expect(new Set(own.map(({ source }) => source))).toEqual(new Set(files));
    expect(own.length).toBeGreaterThan(150);

    const broken: string[] = [];
    for (const { source, dependencies } of own) {
      const row = rowOf(source);
      if (row === undefined) continue;
      for (const { resolved, module, coreModule } of dependencies) {
        const isFile = !coreModule && /^(lib|functions|bin|test)\//.test(resolved);
        const name = coreModule ? `node:${module.replace(/^node:/, '')}` : module;
        const allowed = isFile ? mayImportFile(row, source, resolved) : mayImportPackage(row, name);
        if (!allowed) broken.push(`${source} -> ${isFile ? resolved : name}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('has a row for every source file', () => {
    expect(sourceFiles(['lib', 'functions', 'bin']).filter((file) => rowOf(file) === undefined)).toEqual([]);
  });
});
