import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from './server-process.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'node_modules/.bin');

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

let folder: string;
let tarball: string;
let installed: string;
let manifest: Manifest;

/** Packs the project and unpacks it as an installed package, its dependencies beside it: what npm install does, without a registry. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stratalog-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: ROOT, maxBuffer: 2 ** 26 });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[\n'))) as { readonly filename: string }[];
  tarball = join(folder, packed?.filename ?? '');
  manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  installed = join(folder, 'node_modules', manifest.name);
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
}, 240_000);

afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('the packed tarball', () => {
  test('holds built files only: no sources, no tests, and of functions their bundles alone', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout.trim().split('\n');
    expect(files).toContain('package/dist/lib/sdk/index.js');
    expect(files).toContain('package/dist/lib/sdk/index.d.ts');
    expect(files).toContain('package/dist/bin/stratalog.js');
    expect(files.filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
    expect(files.filter((file) => /\/test\//.test(file))).toEqual([]);
    const functions = files.filter((file) => /\/functions\//.test(file));
    expect(functions.filter((file) => !/^package\/dist\/functions\/[a-z]+\/index\.mjs$/.test(file))).toEqual([]);
    expect(functions).toHaveLength(7);
    for (const door of ['runtime/direct', 'sdk/aws/lambda-transport', 'sdk/aws/signing', 'infra/stack']) {
      expect(files).toContain(`package/dist/lib/${door}.js`);
    }
  });

  test('passes publint', async () => {
    const { messages } = await publint({ pkgDir: installed, strict: true });
    expect(messages.map((message) => formatMessage(message, { name: manifest.name }))).toEqual([]);
  });

  test('passes are-the-types-wrong for ES modules', async () => {
    const { stdout } = await run(join(BIN, 'attw'), [tarball, '--profile', 'esm-only', '--no-color', '--format', 'ascii']).catch(
      (error: { stdout: string }) => Promise.reject(new Error(error.stdout)),
    );
    // It ends with an error when there is a problem; this says that it has looked at all.
    expect(stdout).toContain('node16 (from ESM): 🟢 (ESM)');
  });

  test('has declarations that a strict project compiles against', async () => {
    const source = join(folder, 'typed.ts');
    await writeFile(
      source,
      `import { Admin, Consumer, jsonSerde, Producer, stringSerde } from 'stratalog';
       type Order = { readonly total: number };
       const order = jsonSerde<Order>();
       const producer = new Producer({ keySerializer: stringSerde.serialize, valueSerializer: order.serialize });
       const sent: Promise<{ readonly offset: number }> = producer.send({ topic: 'orders', key: 'a', value: { total: 1 } });
       // @ts-expect-error a value of another type is refused
       void producer.send({ topic: 'orders', value: { sum: 1 } });
       const consumer = new Consumer({ valueDeserializer: order.deserialize });
       for await (const { value, key } of consumer) { const total: number | undefined = value?.total; const bytes: Uint8Array | null = key; void [total, bytes]; }
       void [sent, new Admin({ url: 'http://127.0.0.1:1' }).listTopics()];
       export {};`,
    );
    const options = [
      '--noEmit',
      '--strict',
      '--target',
      'es2023',
      '--lib',
      'es2023,esnext.disposable',
      '--module',
      'nodenext',
      '--skipLibCheck',
      'false',
    ];
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
    await run(join(BIN, 'tsc'), [...options, ...types, source], { cwd: folder }).catch((error: { stdout: string }) => {
      throw new Error(error.stdout);
    });
  });

  test("runs the README's example of a broker in somebody's tests, to the letter", async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
    const example = examples.find((code) => code.includes(`from '${manifest.name}/testing'`)) ?? '';
    const project = join(folder, 'example');
    await mkdir(project);
    await writeFile(join(project, 'orders.test.ts'), example);
    // What whoever writes such a test has installed.
    for (const name of ['kafkajs', 'vitest']) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    const { stdout } = await run(join(BIN, 'vitest'), ['run', '--root', project], {
      env: { ...process.env, KAFKAJS_LOG_LEVEL: 'nothing' },
    });
    expect(stdout).toMatch(/Tests .*1 passed/);
  });

  test('works from plain JavaScript, and loads no AWS package', async () => {
    await using server = await startServer({ script: join(installed, 'dist/bin/stratalog.js'), data: join(folder, 'data') });
    const script = join(folder, 'plain.js');
    await writeFile(
      script,
      `import { registerHooks } from 'node:module';
       const loaded = [];
       registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
       const { Admin, Consumer, Producer, stringSerde } = await import('stratalog');
       const url = process.argv[2];
       const admin = new Admin({ url });
       await admin.createTopic({ name: 'plain', partitions: 2 });
       const producer = new Producer({ url, compression: 'zstd' });
       const places = await Promise.all(['a', 'b', 'c'].map((key) => producer.send({ topic: 'plain', key, value: 'v-' + key })));
       const consumer = new Consumer({ url, keyDeserializer: stringSerde.deserialize, valueDeserializer: stringSerde.deserialize });
       await consumer.assign([{ topic: 'plain', from: 'earliest', until: 'latest' }]);
       const seen = [];
       for await (const { key, value } of consumer) seen.push(key + '=' + value);
       await Promise.all([admin.close(), producer.close(), consumer.close()]);
       console.log(JSON.stringify({ seen: seen.sort(), places: places.length, foreign: loaded.filter((file) => /aws|smithy|hono|zod|sqlite/.test(file)) }));`,
    );
    const { stdout } = await run(process.execPath, [script, server.url], { cwd: folder, timeout: 30_000 });
    expect(JSON.parse(stdout)).toEqual({ seen: ['a=v-a', 'b=v-b', 'c=v-c'], places: 3, foreign: [] });
  });
});
