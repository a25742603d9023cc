import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../../lib/adapters/memory/object-store.ts';
import { ObjectUpload } from '../../../lib/engine/object-upload.ts';

const clock = { now: () => 1 };
const bytes = (text: string) => [Buffer.from(text)];

describe('an upload', () => {
  it('sends a part while the next one is made, in order, and asks for nothing before there is one', async () => {
    const store = new MemoryObjectStore(clock);
    const steps: string[] = [];
    const begin = store.beginUpload.bind(store);
    const part = store.uploadPart.bind(store);
    store.beginUpload = (key) => {
      steps.push('begin');
      return begin(key);
    };
    store.uploadPart = async (upload, number, chunks) => {
      steps.push(`part ${number}`);
      await new Promise((resolve) => setImmediate(resolve));
      steps.push(`part ${number} is there`);
      return part(upload, number, chunks);
    };
    const upload = new ObjectUpload(store, 'a');
    expect(steps).toEqual([]);
    await upload.add(bytes('on'));
    expect(steps).toEqual(['begin', 'part 1']);
    await upload.add(bytes('e'));
    expect(steps).toEqual(['begin', 'part 1', 'part 1 is there', 'part 2']);
    expect(await upload.finish('free key')).toBe('created');
    expect((await store.get('a', 0, 9))?.toString()).toBe('one');
  });

  it('tells of a part that failed at the next step, and leaves nothing when it is given up', async () => {
    const store = new MemoryObjectStore(clock);
    let abandoned = 0;
    store.uploadPart = async () => {
      throw new Error('no room');
    };
    store.abandonUpload = async () => {
      abandoned++;
      throw new Error('nobody hears this');
    };
    const upload = new ObjectUpload(store, 'a');
    await upload.add(bytes('x'));
    await expect(upload.add(bytes('y'))).rejects.toThrow('no room');
    await upload.abandon();
    expect(abandoned).toBe(1);
    expect(await store.head('a')).toBeUndefined();
    await new ObjectUpload(store, 'b').abandon();
    expect(abandoned).toBe(1);
  });
});
