/** The tests of franz-go's client, kgo, which are part of its Go module. */
import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { command, demand, installedOnce } from './installation.ts';
import { NEEDS } from './needs.ts';
import { startSuiteServer } from './server.ts';
import type { Outcome, Suite } from './suite.ts';

const MODULE = 'github.com/twmb/franz-go';
const VERSION = 'v1.22.2';
const RECORDS = '10000';
const TIMEOUT = '900s';

const RESULTS: Readonly<Record<string, Outcome['result']>> = { pass: 'pass', fail: 'fail', skip: 'skipped' };

export const FRANZ_GO: Suite = {
  title: `franz-go ${VERSION.slice(1)}, package kgo`,

  async install() {
    await demand("franz-go's suite", NEEDS.franzGo);
    return installedOnce('franz-go', VERSION, async (folder) => {
      const answer = await command('go', ['mod', 'download', '-json', `${MODULE}@${VERSION}`], { cwd: folder });
      const { Dir } = JSON.parse(answer) as { readonly Dir: string };
      const source = join(folder, 'source');
      await cp(Dir, source, { recursive: true });
      // Files of the module cache are read-only.
      await command('chmod', ['-R', 'u+w', source], { cwd: folder });
      await command('go', ['test', '-c', '-o', join(folder, 'kgo.test'), '.'], { cwd: join(source, 'pkg/kgo') });
      await rm(join(source, '.git'), { recursive: true, force: true });
    });
  },

  async tests(folder) {
    const listed = await command(join(folder, 'kgo.test'), ['-test.list', '^Test'], { cwd: join(folder, 'source/pkg/kgo') });
    return listed
      .split('\n')
      .filter((name) => name.startsWith('Test'))
      .map((name) => ({ name }));
  },

  async run(folder, tests, report) {
    const server = await startSuiteServer();
    try {
      const only = `^(${tests.join('|')})$`;
      const args = ['tool', 'test2json', '-t', join(folder, 'kgo.test'), '-test.v=test2json', '-test.count=1', `-test.timeout=${TIMEOUT}`];
      const child = spawn('go', [...args, `-test.run=${only}`], {
        cwd: join(folder, 'source/pkg/kgo'),
        env: { ...process.env, KGO_SEEDS: server.brokers, KGO_TEST_RF: '1', KGO_TEST_RECORDS: RECORDS, KGO_LOG_LEVEL: 'none' },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const said = new Map<string, string>();
      for await (const line of createInterface({ input: child.stdout })) {
        const { Action, Test = '', Output = '', Elapsed = 0 } = JSON.parse(line) as Readonly<Record<string, string>> & { Elapsed?: number };
        const name = Test.split('/')[0] ?? '';
        if (Action === 'output' && /^\s+\w+_test\.go:/.test(Output))
          said.set(name, `${said.get(name) ?? ''} ${Output.trim()}`.slice(0, 400));
        const result = RESULTS[Action ?? ''];
        if (result !== undefined && Test !== '' && Test === name)
          report({ test: name, result, seconds: Elapsed, said: said.get(name) ?? '' });
      }
    } finally {
      await server.stop();
    }
  },
};
