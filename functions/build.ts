import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';
import { BUNDLE_FILE, defaultBundleFolder } from '../lib/infra/bundles.ts';
import { FUNCTIONS, type FunctionName } from '../lib/infra/props.ts';

/** What a function's zip holds: its bytes decide how fast Lambda fetches it and Node compiles it at a cold start. */
export interface BuiltFunction {
  readonly name: FunctionName;
  readonly bytes: number;
  readonly gzipBytes: number;
  /** The largest packages in it, with their bytes. */
  readonly largest: readonly { readonly name: string; readonly bytes: number }[];
}

/** Some dependencies are CommonJS and call require for Node's own modules, which an ES module does not have. */
const BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

/** Native packages cannot be bundled: each is replaced by a stand-in of ours that runs on every machine. */
const PORTABLE = {
  '@node-rs/crc32': join(import.meta.dirname, 'portable/crc32.ts'),
  snappy: join(import.meta.dirname, 'portable/snappy.ts'),
  'lz4-napi': join(import.meta.dirname, 'portable/lz4.ts'),
};

/** zod carries its messages in fifty languages, a quarter of a megabyte of code; ours are English, which it imports by itself. */
const ONE_LANGUAGE: Plugin = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({ contents: 'export {};' }));
  },
};

const LARGEST_SHOWN = 6;

/**
 * Bundles each function as one ES module for Node 24 with only what it uses, into `<folder>/<name>/index.mjs`.
 * Metafiles go beside the folders, not into them, since all that lies in them is deployed.
 */
export async function buildFunctions(
  folder: string,
  names: readonly FunctionName[] = FUNCTIONS,
  sources: string = import.meta.dirname,
): Promise<readonly BuiltFunction[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(names.map((name) => buildFunction(folder, name, join(sources, name, 'handler.ts'))));
}

async function buildFunction(folder: string, name: FunctionName, entry: string): Promise<BuiltFunction> {
  const bundle = join(folder, name);
  await rm(bundle, { recursive: true, force: true });
  const result = await build({
    entryPoints: [entry],
    outfile: join(bundle, BUNDLE_FILE),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    alias: PORTABLE,
    plugins: [ONE_LANGUAGE],
    minify: true,
    // Error names and middleware names are read by people in logs.
    keepNames: true,
    legalComments: 'none',
    metafile: true,
    banner: { js: BANNER },
    logLevel: 'error',
  });
  await writeFile(join(folder, `${name}.meta.json`), JSON.stringify(result.metafile));
  const code = await readFile(join(bundle, BUNDLE_FILE));
  return { name, bytes: code.length, gzipBytes: gzipSync(code).length, largest: largestPackages(result.metafile) };
}

function largestPackages(metafile: Metafile): BuiltFunction['largest'] {
  const bytes = new Map<string, number>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, input] of Object.entries(output.inputs)) {
      const name = packageOf(path);
      bytes.set(name, (bytes.get(name) ?? 0) + input.bytesInOutput);
    }
  }
  return [...bytes]
    .map(([name, size]) => ({ name, bytes: size }))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, LARGEST_SHOWN);
}

function packageOf(path: string): string {
  const inside = path.split('node_modules/').at(-1) ?? path;
  if (inside === path) return 'stratalog';
  const [scopeOrName = '', name = ''] = inside.split('/');
  return scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName;
}

if (process.argv[1] === import.meta.filename) {
  const built = await buildFunctions(resolve(process.argv[2] ?? defaultBundleFolder()));
  for (const { name, bytes, gzipBytes, largest } of built) {
    const parts = largest.map((part) => `${part.name} ${Math.round(part.bytes / 1000)} kB`).join(', ');
    console.log(`${name}: ${Math.round(bytes / 1000)} kB, ${Math.round(gzipBytes / 1000)} kB gzipped (${parts})`);
  }
}
