import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StratalogProps } from '../../lib/infra/props.ts';
import { synthesise } from '../infra/synthesis.ts';
import { inspectEnvironment, installLocalStack } from './environment.ts';

const run = promisify(execFile);

describe('cfn-lint finds no error', () => {
  let lint: string;
  let folder: string;
  beforeAll(async () => {
    lint = join(await installLocalStack(await inspectEnvironment()), 'bin/cfn-lint');
    folder = await mkdtemp(join(tmpdir(), 'stratalog-lint-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What cfn-lint prints about a template, one finding a line; it exits with a number other than 0 when there is any. */
  async function findings(template: object): Promise<string> {
    const file = join(folder, 'template.json');
    await writeFile(file, JSON.stringify(template));
    const args = ['--format', 'parseable', '--non-zero-exit-code', 'error', '--regions', 'us-east-1', '--', file];
    return run(lint, args).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
  }

  it.each<[string, StratalogProps]>([
    ['in the stack as it comes', {}],
    [
      'with three zones and an HTTP API',
      { zones: { kind: 'regional', count: 3 }, httpApi: { jwtIssuer: 'https://issuer.example', jwtAudience: ['log'] } },
    ],
    ['on directory buckets', { zones: { kind: 'express', availabilityZoneIds: ['use1-az4', 'use1-az5', 'use1-az6'] } }],
  ])('%s', async (_, props) => {
    expect(await findings(synthesise(props).template.toJSON())).toBe('');
  });

  it('and would find a property that does not exist', async () => {
    expect(await findings({ Resources: { Bucket: { Type: 'AWS::S3::Bucket', Properties: { Colour: 'red' } } } })).toContain('Colour');
  });
});
