import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../../lib/adapters/local/database.ts';
import type { CommandMessage } from '../../../../lib/adapters/local/database-commands.ts';
import { openDatabase } from '../../../../lib/adapters/local/database-schema.ts';
import { DatabaseThread } from '../../../../lib/adapters/local/database-thread.ts';
import { DirectCommits } from '../../../../lib/adapters/local/direct-commits.ts';

const write = (key: string, expected: number): CommandMessage => ({
  id: 1,
  name: 'lease.write',
  ask: { keys: [key], expected: [expected], records: [Buffer.from(`${key}${expected + 1}`)] },
});
const stage = (lease: string): CommandMessage => ({ id: 0, name: 'inline.stage', ask: { lease, putAtMs: 1, content: Buffer.from(lease) } });
const list: CommandMessage = { id: 2, name: 'topic.list', ask: { after: null, limit: 10 } };

describe('commits on the thread that asks for them', () => {
  let folder = '';
  let path = '';
  let nowMs = 0;
  let busyMs = 0;
  /** Ms that the next looks at the clock are apart. */
  let stepMs = 0;
  let direct: DirectCommits;
  const pace = {
    now() {
      nowMs += stepMs;
      return nowMs;
    },
    busyMs: () => busyMs,
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stratalog-direct-'));
    path = join(folder, 'meta.db');
    nowMs = busyMs = stepMs = 0;
    const db = openDatabase(path);
    db.exec("INSERT INTO lease VALUES ('a', 0, x'00'), ('b', 0, x'00')");
    db.close();
    direct = new DirectCommits(path, pace);
  });
  afterEach(() => {
    direct.close();
    rmSync(folder, { recursive: true });
  });

  it('are for short groups that have something to commit', () => {
    expect(direct.takes([stage('s'), write('a', 0)])).toBe(true);
    expect(direct.takes([stage('s')])).toBe(false);
    expect(direct.takes([write('a', 0), list])).toBe(false);
    expect(direct.run([stage('s'), write('a', 0)])).toEqual([{ id: 1, value: [true] }]);
    expect(direct.settled).toBe(true);
  });

  it('end for a second when the disk is slow, for twice as long each time, and begin anew where it is quick again', () => {
    const commit = (ms: number) => {
      stepMs = ms;
      expect(direct.takes([write('a', 0)])).toBe(true);
      direct.run([write('a', 0)]);
      stepMs = 0;
    };
    const leftMs = () => {
      let ms = 0;
      for (; !direct.isQuicker(); ms += 500) nowMs += 500;
      return ms;
    };
    const slow = () => {
      commit(50);
      return leftMs();
    };
    expect(Array.from({ length: 8 }, slow)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    for (let i = 0; i < 99; i++) commit(1);
    expect(slow()).toBe(60_000);
    for (let i = 0; i < 100; i++) commit(1);
    expect(slow()).toBe(1_000);
  });

  const judged = (share: number) => {
    nowMs += 500;
    busyMs += share * 500;
    return direct.isQuicker();
  };

  it('end while this thread has other work, and are tried again when it has time', () => {
    expect([0.7, 0.85, 0.95, 0.85, 0.7, 0.85, 0.7, 0.85].map(judged)).toEqual([true, true, false, false, true, true, true, true]);
  });

  it('are tried after twice as long each time they took the time that there is, and as at first after ten seconds with time', () => {
    const looksUntilTried = () => {
      expect(judged(0.95)).toBe(false);
      let looks = 1;
      while (!judged(0.5)) looks++;
      return looks;
    };
    expect(Array.from({ length: 8 }, looksUntilTried)).toEqual([2, 4, 8, 16, 32, 64, 120, 120]);
    for (let look = 0; look < 20; look++) judged(0.85);
    expect(looksUntilTried()).toBe(2);
  });

  it('come with rows of segments, until one takes as long as a disk does', () => {
    direct.takes([stage('s'), write('a', 0)]);
    direct.run([stage('s'), write('a', 0)]);
    expect(Buffer.from(direct.row('s') ?? []).toString()).toBe('s');
    expect(direct.row('t')).toBeUndefined();
    stepMs = 1;
    expect(direct.row('s')).toBeDefined();
    stepMs = 0;
    expect(direct.row('s')).toBeUndefined();
    nowMs += 1_001;
    expect(direct.row('s')).toBeDefined();
  });

  it('leave it to the thread where the database cannot be opened', () => {
    const missing = new DirectCommits(join(folder, 'missing', 'meta.db'), pace);
    expect(missing.takes([write('a', 0)])).toBe(false);
    expect(missing.isQuicker()).toBe(false);
    expect(missing.row('s')).toBeUndefined();
    missing.close();
  });

  it('are not settled while a segment waits for a commit that failed', () => {
    const bad = { id: 3, name: 'lease.write', ask: { keys: [{}], expected: [0], records: [Buffer.alloc(1)] } } as unknown as CommandMessage;
    expect(direct.takes([stage('s'), bad])).toBe(true);
    expect(direct.run([stage('s'), bad])).toMatchObject([{ id: 3, failure: { code: 'STORAGE_ERROR', fatal: false } }]);
    expect(direct.settled).toBe(false);
    direct.run([write('a', 0)]);
    expect(direct.settled).toBe(true);
  });

  it('and those of the database thread give the answers of one database, whoever makes them and whenever that changes', async () => {
    const keys = ['a', 'b'] as const;
    const command = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), key: fc.constantFrom(...keys), expected: fc.nat(4) }),
      fc.record({ kind: fc.constant('read' as const), key: fc.constantFrom(...keys) }),
      fc.record({ kind: fc.constant('stage' as const), lease: fc.nat(9) }),
      fc.record({ kind: fc.constant('get' as const), lease: fc.nat(9) }),
      fc.record({ kind: fc.constant('row' as const), lease: fc.nat(9) }),
      fc.record({ kind: fc.constant('list' as const) }),
      fc.record({ kind: fc.constant('turn' as const) }),
      fc.record({ kind: fc.constant('busy' as const), busy: fc.boolean() }),
    );
    const textOf = (row: Uint8Array | undefined) => (row === undefined ? undefined : Buffer.from(row).toString());
    const bytes = (value: unknown) =>
      JSON.stringify(value, (_, item) => (item instanceof Uint8Array ? Buffer.from(item).toString() : item));
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
        const [ours, theirs] = [mkdtempSync(join(folder, 'a-')), mkdtempSync(join(folder, 'b-'))];
        for (const one of [ours, theirs]) mkdirSync(join(one, 'volumes'));
        const model = new Database(openDatabase(join(theirs, 'meta.db')), join(theirs, 'meta.db'));
        let isBusy = false;
        let at = 0;
        const thread = await DatabaseThread.open({ path: join(ours, 'meta.db') }, (error) => expect.unreachable(String(error)), {
          now: () => (at += 300),
          busyMs: () => (isBusy ? at : 0),
        });
        const asked: Promise<unknown>[] = [];
        const expected: unknown[] = [];
        const call = <Name extends CommandMessage['name']>(name: Name, ask: (CommandMessage & { name: Name })['ask']) => {
          asked.push(thread.call(name, ask as never));
          const [answer] = model.run([{ id: 1, name, ask } as CommandMessage]);
          expected.push(answer !== undefined && 'value' in answer ? answer.value : answer);
        };
        for (const key of keys) call('lease.create', { keys: [key], version: 0, record: Buffer.from(`${key}0`) });
        for (const one of commands) {
          if (one.kind === 'write') call('lease.write', write(one.key, one.expected).ask as never);
          if (one.kind === 'read') call('lease.read', { keys: [one.key] });
          if (one.kind === 'get') call('inline.get', { lease: String(one.lease) });
          // Whoever asks for a row at once gets it whole or not at all.
          if (one.kind === 'row') expect([undefined, `s${one.lease}`]).toContain(textOf(thread.rowNow(String(one.lease))));
          if (one.kind === 'list') call('topic.list', { after: null, limit: 10 });
          if (one.kind === 'busy') isBusy = one.busy;
          if (one.kind === 'turn') await new Promise((resolve) => setImmediate(resolve));
          if (one.kind === 'stage') {
            // Segments come first in their group, so that a read before one in the same group would see it.
            await Promise.all(asked);
            const segment = () => ({ lease: String(one.lease), putAtMs: 1, content: new Uint8Array(Buffer.from(`s${one.lease}`)) });
            thread.stage(segment());
            model.run([{ id: 0, name: 'inline.stage', ask: segment() }]);
          }
        }
        const answers = await Promise.all(asked);
        await thread.close();
        model.close();
        expect(answers.map(bytes)).toEqual(expected.map(bytes));
        const rows = (path: string) => {
          const db = openDatabase(path);
          const found = [
            db.prepare('SELECT * FROM lease ORDER BY key').all(),
            db.prepare('SELECT lease, bytes FROM inline_segment ORDER BY lease').all(),
          ];
          db.close();
          return bytes(found);
        };
        expect(rows(join(ours, 'meta.db'))).toBe(rows(join(theirs, 'meta.db')));
        rmSync(ours, { recursive: true });
        rmSync(theirs, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });
});
