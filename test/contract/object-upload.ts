import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ObjectStore, Upload } from '../../lib/ports/object-store.ts';
import { onSubject, type Subject } from './subject.ts';

/** The least that a part may have which is not the last. */
const PART_BYTES = 5 * 1024 * 1024;

const first = randomBytes(PART_BYTES);
const second = randomBytes(PART_BYTES + 11);
const last = randomBytes(17);

/** What the objects of a zone must do when they come in parts. */
export function objectUploadContract(name: string, open: () => Promise<Subject<ObjectStore>>): void {
  describe(`object store, uploads: ${name}`, () => {
    const run = (body: (store: ObjectStore, key: string) => Promise<void>) =>
      onSubject(open)((store) => body(store, `t/${randomUUID()}/a`));

    it(
      'makes an object of its parts, and nothing of it is there before it is finished',
      run(async (store, key) => {
        const upload = await store.beginUpload(key);
        const parts = [
          await store.uploadPart(upload, 1, [first.subarray(0, 99), first.subarray(99)]),
          await store.uploadPart(upload, 2, [second]),
          await store.uploadPart(upload, 3, [last]),
        ];
        expect(await isThere(store, key)).toBe(false);
        expect(await store.finishUpload(upload, parts, 'free key')).toBe('created');
        await expectBytes(store, key, Buffer.concat([first, second, last]));
        expect((await store.list(key, undefined, 10)).map((info) => info.size)).toEqual([first.length + second.length + last.length]);
        expect(await store.get(key, PART_BYTES - 2, 4)).toEqual(Buffer.concat([first.subarray(-2), second.subarray(0, 2)]));
      }),
    );

    it(
      'takes a single small part',
      run(async (store, key) => {
        const upload = await store.beginUpload(key);
        expect(await store.finishUpload(upload, [await store.uploadPart(upload, 1, [last])], 'free key')).toBe('created');
        await expectBytes(store, key, last);
      }),
    );

    it(
      'takes a part again, and what the last attempt had counts',
      run(async (store, key) => {
        const upload = await store.beginUpload(key);
        await store.uploadPart(upload, 1, [Buffer.alloc(PART_BYTES)]);
        const parts = [await store.uploadPart(upload, 1, [first])];
        await store.uploadPart(upload, 2, [Buffer.alloc(last.length)]);
        parts.push(await store.uploadPart(upload, 2, [last]));
        await store.finishUpload(upload, parts, 'free key');
        await expectBytes(store, key, Buffer.concat([first, last]));
      }),
    );

    it(
      'keeps what the caller writes into its buffers afterwards out of the object',
      run(async (store, key) => {
        const chunk = Buffer.from(last);
        const upload = await store.beginUpload(key);
        const part = await store.uploadPart(upload, 1, [chunk]);
        chunk.fill(0);
        await store.finishUpload(upload, [part], 'free key');
        await expectBytes(store, key, last);
      }),
    );

    it(
      'never changes an object that is there, unless it is to take its place',
      run(async (store, key) => {
        await store.put(key, [Buffer.from('one')]);
        expect(await store.finishUpload(...(await complete(store, key, first)), 'free key')).toBe('exists');
        await expectBytes(store, key, Buffer.from('one'));
        expect(await store.finishUpload(...(await complete(store, key, first)), 'any key')).toBe('created');
        await expectBytes(store, key, first);
        expect(await store.put(key, [Buffer.from('two')])).toBe('exists');
        await store.delete([key]);
        expect(await store.finishUpload(...(await complete(store, key, last)), 'any key')).toBe('created');
        await expectBytes(store, key, last);
      }),
    );

    it(
      'lets one of several uploads and puts of a key win, and all of them see it whole',
      run(async (store, key) => {
        const values = Array.from({ length: 4 }, (_, i) => Buffer.alloc(5_000, String(i)));
        const uploads = await Promise.all(values.slice(1).map((value) => complete(store, key, value)));
        const outcomes = await Promise.all([
          store.put(key, [values[0] as Buffer]),
          ...uploads.map(([upload, parts]) => finishUntilKnown(store, upload, parts)),
        ]);
        expect(outcomes.filter((outcome) => outcome === 'created').length).toBe(1);
        const read = (await store.get(key, 0, 10_000)) as Buffer;
        expect(values.some((value) => value.equals(read))).toBe(true);
        const winner = outcomes.indexOf('created');
        if (winner >= 0) expect(read.equals(values[winner] as Buffer)).toBe(true);
      }),
    );

    it(
      'answers a finish that comes again with what it sees, and says when neither upload nor object is there',
      run(async (store, key) => {
        const [upload, parts] = await complete(store, key, last);
        expect(await store.finishUpload(upload, parts, 'free key')).toBe('created');
        expect(['created', 'exists']).toContain(await store.finishUpload(upload, parts, 'free key'));
        await expectBytes(store, key, last);
        const other = await complete(store, `${key}-other`, last);
        await store.abandonUpload(other[0]);
        await expect(store.finishUpload(...other, 'free key')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await isThere(store, `${key}-other`)).toBe(false);
      }),
    );

    it(
      'leaves nothing of an upload that was given up, at any of its steps, and takes that twice',
      run(async (store, key) => {
        for (const partsPut of [0, 1, 2]) {
          const upload = await store.beginUpload(key);
          if (partsPut > 0) await store.uploadPart(upload, 1, [first]);
          if (partsPut > 1) await store.uploadPart(upload, 2, [last]);
          await store.abandonUpload(upload);
          await store.abandonUpload(upload);
          expect(await isThere(store, key)).toBe(false);
          await expect(store.uploadPart(upload, 1, [last])).rejects.toMatchObject({ code: 'NOT_FOUND' });
        }
        expect(await store.put(key, [last])).toBe('created');
      }),
    );
  });
}

/** An upload with one part that is there, ready to be finished. */
async function complete(store: ObjectStore, key: string, value: Buffer): Promise<[Upload, string[]]> {
  const upload = await store.beginUpload(key);
  return [upload, [await store.uploadPart(upload, 1, [value])]];
}

/** S3 refuses a finish that meets another writer and wants to be asked again. */
async function finishUntilKnown(store: ObjectStore, upload: Upload, parts: readonly string[]): Promise<'created' | 'exists'> {
  for (let tries = 0; ; tries++) {
    try {
      return await store.finishUpload(upload, parts, 'free key');
    } catch (error) {
      if ((error as { code?: string }).code !== 'THROTTLED' || tries === 5) throw error;
    }
  }
}

async function isThere(store: ObjectStore, key: string): Promise<boolean> {
  const [info, bytes, listed] = await Promise.all([store.head(key), store.get(key, 0, 1), store.list(key, undefined, 10)]);
  expect(new Set([info !== undefined, bytes !== undefined, listed.some((one) => one.key === key)]).size).toBe(1);
  return info !== undefined;
}

async function expectBytes(store: ObjectStore, key: string, bytes: Buffer): Promise<void> {
  const read = await store.get(key, 0, bytes.length + 1);
  expect(read?.equals(bytes)).toBe(true);
  expect((await store.head(key))?.size).toBe(bytes.length);
}
