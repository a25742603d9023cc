/** Who may import whom, one row a folder. A row names folders of the project and packages; a folder may import itself. */

export interface ImportRow {
  /** A path below the root, as a prefix. The longest row that fits a file is its row. */
  readonly folder: string;
  /** Prefixes of project files. */
  readonly files: readonly string[];
  /** Names of packages and of Node's own modules (`node:*` for all of them). */
  readonly packages: readonly string[];
}

const COMPRESSION = ['snappy', 'lz4-napi', '@node-rs/crc32'];

export const IMPORT_TABLE: readonly ImportRow[] = [
  { folder: 'lib/core/', files: [], packages: [] },
  { folder: 'lib/format/', files: ['lib/core/'], packages: ['node:zlib', ...COMPRESSION] },
  { folder: 'lib/ports/', files: ['lib/core/'], packages: [] },
  { folder: 'lib/engine/', files: ['lib/core/', 'lib/format/', 'lib/ports/'], packages: [] },
  { folder: 'lib/adapters/memory/', files: ['lib/core/', 'lib/ports/', 'lib/format/'], packages: [] },
  { folder: 'lib/adapters/local/', files: ['lib/core/', 'lib/ports/', 'lib/format/'], packages: ['node:*'] },
  { folder: 'lib/adapters/s3/', files: ['lib/core/', 'lib/ports/', 'lib/format/'], packages: ['@aws-sdk/*', '@smithy/*', 'node:*'] },
  { folder: 'lib/adapters/dynamodb/', files: ['lib/core/', 'lib/ports/', 'lib/format/'], packages: ['@aws-sdk/*', '@smithy/*', 'node:*'] },
  { folder: 'lib/adapters/decorators/', files: ['lib/core/', 'lib/ports/', 'lib/format/'], packages: [] },
  {
    folder: 'lib/http/',
    files: ['lib/core/', 'lib/engine/', 'lib/ports/telemetry.ts'],
    packages: ['zod', 'hono', 'node:http', 'node:buffer'],
  },
  { folder: 'lib/kafka/', files: ['lib/core/', 'lib/format/', 'lib/engine/'], packages: ['node:net', 'node:tls'] },
  {
    folder: 'lib/sdk/',
    files: ['lib/core/', 'lib/format/', 'lib/http/contract.ts'],
    packages: ['node:http', 'node:https', 'node:async_hooks'],
  },
  { folder: 'lib/sdk/aws/', files: ['lib/sdk/', 'lib/core/'], packages: ['@aws-sdk/*', '@smithy/*', 'node:*'] },
  { folder: 'lib/cli/', files: ['lib/sdk/', 'lib/core/', 'lib/format/'], packages: ['commander', 'node:*'] },
  { folder: 'lib/config/', files: ['lib/core/'], packages: ['zod'] },
  { folder: 'lib/infra/', files: ['lib/config/'], packages: ['aws-cdk-lib', 'constructs', 'cdk-nag', 'node:*'] },
  {
    folder: 'lib/runtime/',
    files: [
      'lib/core/',
      'lib/format/',
      'lib/ports/',
      'lib/engine/',
      'lib/adapters/',
      'lib/config/',
      'lib/http/',
      'lib/kafka/',
      'lib/sdk/transport.ts',
      'lib/sdk/http-transport.ts',
      'lib/sdk/http-exchange.ts',
    ],
    packages: ['node:*', 'pino', 'prom-client', '@hono/node-server', 'hono', '@aws-sdk/*', '@smithy/*', '@aws-lambda-powertools/*'],
  },
  {
    folder: 'functions/',
    files: ['lib/runtime/', 'lib/http/', 'lib/core/'],
    packages: ['@middy/core', '@aws-lambda-powertools/*', 'hono'],
  },
  { folder: 'functions/portable/', files: [], packages: ['snappyjs', 'lz4js'] },
  { folder: 'functions/build.ts', files: ['lib/infra/'], packages: ['esbuild', 'node:*'] },
  {
    folder: 'bin/',
    files: ['functions/build.ts', 'lib/cli/', 'lib/infra/', 'lib/http/', 'lib/kafka/', 'lib/runtime/', 'lib/config/'],
    packages: ['aws-cdk-lib', 'cdk-nag', 'node:*'],
  },
];

/** The row of a file: the one with the longest folder that it lies in. */
export function rowOf(file: string): ImportRow | undefined {
  return IMPORT_TABLE.filter(({ folder }) => file.startsWith(folder)).sort((a, b) => b.folder.length - a.folder.length)[0];
}

export function mayImportFile(row: ImportRow, file: string, target: string): boolean {
  const ownFolder = row.folder === 'functions/' ? file.split('/').slice(0, 2).join('/') : row.folder;
  return target.startsWith(ownFolder) || row.files.some((prefix) => target.startsWith(prefix));
}

export function mayImportPackage(row: ImportRow, name: string): boolean {
  return row.packages.some((allowed) =>
    allowed.endsWith('*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed || name.startsWith(`${allowed}/`),
  );
}
