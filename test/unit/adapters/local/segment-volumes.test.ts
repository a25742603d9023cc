import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../../lib/adapters/local/data-folder.ts';
import type { VolumePlace } from '../../../../lib/adapters/local/database-commands.ts';
import { SegmentVolumes } from '../../../../lib/adapters/local/segment-volumes.ts';
import { volumePath } from '../../../../lib/adapters/local/volume-file.ts';
import { FLOOR_NONE, type LeaseId, nextLeaseId, type TopicId } from '../../../../lib/core/ids.ts';
import { emptyLeaseRecord } from '../../../../lib/core/lease-record.ts';
import { ROW_SEGMENT_BYTES_MAX } from '../../../../lib/core/limits.ts';
import { SYSTEM_CLOCK } from '../../../../lib/runtime/clock.ts';

const MIB = 1024 * 1024;
const BLOCK = 4096;
const noFatal = (error: Error) => {
  throw error;
};

describe('segments in volumes', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'stratalog-volumes-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const open = (live: readonly number[] = [], now?: () => number) =>
    new SegmentVolumes(root, new Set(live), { readOnly: false, onFatal: noFatal, ...(now === undefined ? {} : { now }) });
  const add = async (volumes: SegmentVolumes, bytes: Uint8Array) => {
    const { place, settle } = await volumes.append([bytes.subarray(0, 3), bytes.subarray(3)], bytes.length);
    settle();
    return place;
  };

  it('keeps many segments written at once apart, and reads parts of them', async () => {
    const volumes = open();
    const segments = Array.from({ length: 40 }, (_, i) => randomBytes(1_000 + i * 7_000));
    const places = await Promise.all(segments.map((bytes) => add(volumes, bytes)));
    for (const [i, place] of places.entries()) {
      const bytes = segments[i] as Buffer;
      expect((await volumes.read(place, 0, Number.POSITIVE_INFINITY))?.equals(bytes)).toBe(true);
      expect((await volumes.read(place, 10, 50))?.equals(bytes.subarray(10, 60))).toBe(true);
      expect((await volumes.read(place, bytes.length - 5, 50))?.length).toBe(5);
    }
    await volumes.close();
  });

  it('gives back the room that no segment came for, and a file that none came for', async () => {
    const volumes = open();
    const place = await add(volumes, randomBytes(1_000));
    const large = await add(volumes, randomBytes(2 * MIB));
    expect(large).toEqual({ volume: place.volume, position: BLOCK, size: 2 * MIB });
    await add(volumes, randomBytes(1_000));
    const file = join(root, readdirSync(root)[0] ?? '');
    expect(statSync(file).size).toBeGreaterThan(2 * BLOCK + 2 * MIB);
    volumes.seal();
    await expect.poll(() => statSync(file).size).toBe(2 * BLOCK + 2 * MIB);
    await expect(volumes.append([{ byteLength: 5 } as Uint8Array], 5)).rejects.toMatchObject({ code: 'STORAGE_ERROR' });
    await volumes.close();
    expect(readdirSync(root)).toHaveLength(1);
  });

  it('has the next volume ready, in zeros, before one is full, and takes it back when nothing came to it', async () => {
    const volumes = open();
    const bytes = randomBytes(MIB / 4);
    const first = await add(volumes, bytes);
    for (let i = 0; i < 20; i++) await add(volumes, bytes);
    const places: VolumePlace[] = [];
    const write = async () => {
      const { place, settle } = await volumes.write([bytes], bytes.length);
      settle();
      places.push(place);
      return place.volume;
    };
    // No quicker than this one is filled: when that has taken in two thirds, or a little more.
    await expect.poll(write, { timeout: 10_000, interval: 10 }).toBe(first.volume + 1);
    const filled = places.findLast(({ volume }) => volume === first.volume)?.position;
    expect(filled).toBeGreaterThan(40 * MIB);
    expect(readdirSync(root).map((name) => statSync(join(root, name)).size)).toContain(64 * MIB);
    for (let i = 0; i < 10; i++) await write();
    // One that would have to grow is left for one that is ready.
    expect(new Set(places.map(({ volume }) => volume))).toEqual(new Set([first.volume, first.volume + 1]));
    for (const place of places) expect((await volumes.read(place, 0, MIB))?.equals(bytes)).toBe(true);
    await volumes.close();
    const left = readdirSync(root).map((name) => statSync(join(root, name)).size);
    expect(left.reduce((sum, size) => sum + size, 0)).toBe((21 + places.length) * bytes.length);
  });

  it('places bytes that name their place, at once where that takes no wait, and puts them on disk when asked to', async () => {
    const volumes = open();
    const named = (volume: number, position: number) => [Buffer.from(`${volume} `), Buffer.from(String(position))];
    const sizeOf = (volume: number, position: number) => Buffer.concat(named(volume, position)).length;
    expect(volumes.placeNow(3, named)).toBeUndefined();
    const first = await volumes.place(sizeOf(1, 0), named);
    const second = volumes.placeNow(sizeOf(1, BLOCK), named);
    expect(second?.place).toEqual({ volume: first.place.volume, position: BLOCK, size: 6 });
    for (const { place } of [first, second as NonNullable<typeof second>]) {
      const text = Buffer.concat(named(place.volume, place.position)).toString();
      expect((await volumes.read(place, 0, 100))?.toString()).toBe(text);
      expect(volumes.readNow(place, 0, 100)?.toString()).toBe(text);
      expect(volumes.readNow(place, 1, 2)?.toString()).toBe(text.slice(1, 3));
    }
    await volumes.sync([first.place.volume]);
    volumes.syncNow([first.place.volume]);
    expect(() => volumes.syncNow([first.place.volume + 1])).toThrow('closed');
    const long = await add(volumes, randomBytes(200_000));
    expect(volumes.readNow(long, 0, 200_000)).toBeUndefined();
    expect(volumes.readNow(long, 199_990, 200_000)).toHaveLength(10);
    // Whoever wrote it has not settled it: the volume stays open, however full it is said to be.
    volumes.seal();
    expect(volumes.settledBelow).toBe(first.place.volume);
    for (const { settle } of [first, second as NonNullable<typeof second>]) settle();
    expect(volumes.settledBelow).toBe(first.place.volume + 1);
    expect(volumes.placeNow(5, () => [Buffer.alloc(5)])).toBeUndefined();
    expect(() => volumes.syncNow([first.place.volume])).toThrow('closed');
    await volumes.close();
  });

  it('is closed in a process that has nothing else to do, while the next volume is made ready', async () => {
    const module = JSON.stringify(new URL('../../../../lib/adapters/local/segment-volumes.ts', import.meta.url).href);
    const program = `
      const { SegmentVolumes } = await import(${module});
      const volumes = new SegmentVolumes(${JSON.stringify(root)}, new Set(), { readOnly: false, onFatal() {} });
      for (let i = 0; i < 20; i++) (await volumes.write([Buffer.alloc(262144)], 262144)).settle();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await volumes.close();
      console.log('closed');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    expect(stdout.trim()).toBe('closed');
    expect(readdirSync(root)).toHaveLength(1);
  });

  it('begins a new volume when one is full, and reads from both', async () => {
    const volumes = open();
    const bytes = randomBytes(15 * MIB);
    const places = [];
    for (let i = 0; i < 5; i++) places.push(await add(volumes, bytes));
    expect(new Set(places.map(({ volume }) => volume)).size).toBe(2);
    expect(volumes.settledBelow).toBe(places.at(-1)?.volume);
    for (const place of places) expect((await volumes.read(place, MIB, 100))?.equals(bytes.subarray(MIB, MIB + 100))).toBe(true);
    await volumes.close();
  });

  it('writes a volume again whose segments have gone, under a new number, and reads nothing under the old one', async () => {
    const volumes = open();
    const size = 11 * MIB;
    const of = (place: VolumePlace) => volumes.read(place, 0, size);
    const before = [];
    for (let i = 0; i < 5; i++) before.push(await add(volumes, Buffer.alloc(size, `old ${i}`)));
    const old = before[0]?.volume as number;
    const fileOf = (volume: number) => join(root, `${volume}`.padStart(10, '0').concat('.volume'));
    const { ino } = statSync(fileOf(old));
    const after = [await add(volumes, Buffer.alloc(size, 'new 0'))];
    // These begin before it is given up, and get what was there.
    const reads = before.map(of);
    await volumes.remove([old]);
    for (const place of before) expect(await of(place)).toBeUndefined();
    for (const [i, read] of reads.entries()) expect((await read)?.equals(Buffer.alloc(size, `old ${i}`))).toBe(true);
    for (let i = 1; i < 10; i++) after.push(await add(volumes, Buffer.alloc(size, `new ${i}`)));
    expect(after.map(({ volume }) => volume - old)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    expect(statSync(fileOf(old + 2)).ino).toBe(ino);
    expect(readdirSync(root)).toHaveLength(2);
    for (const place of before) expect(await of(place)).toBeUndefined();
    for (const [i, place] of after.entries()) expect((await of(place))?.equals(Buffer.alloc(size, `new ${i}`))).toBe(true);
    // One that waits to be written again is no use to anybody once the folder is closed.
    await volumes.remove([old + 1]);
    expect(readdirSync(root)).toHaveLength(2);
    await volumes.close();
    expect(readdirSync(root)).toHaveLength(1);
    const again = open([old + 2]);
    expect((await again.read(after[9] as VolumePlace, 0, size))?.equals(Buffer.alloc(size, 'new 9'))).toBe(true);
    expect((await add(again, Buffer.alloc(5))).volume).toBe(old + 3);
    await again.close();
  });

  it('has no zeros before segments that come fast, and has some again for those that do not', async () => {
    let at = 0;
    const volumes = open([], () => at);
    const bytes = randomBytes(MIB / 4);
    const places: VolumePlace[] = [];
    const write = async (ms: number) => {
      at += ms;
      const { place, settle } = await volumes.write([bytes], bytes.length);
      settle();
      places.push(place);
      return place;
    };
    const sizeOf = ({ volume }: VolumePlace) => statSync(volumePath(root, volume)).size;
    const FAST_MS = 1.5;
    const first = await write(FAST_MS);
    // Zeros that were begun before anybody knew are filled first.
    while ((await write(FAST_MS)).position < 48 * MIB);
    for (let i = 0; i < 10; i++) {
      const place = await write(FAST_MS);
      expect(sizeOf(place)).toBe(place.position + place.size);
    }
    // What names its place needs no zeros either.
    const named = volumes.placeNow(5, () => [Buffer.from('frame')]);
    named?.settle();
    expect(named?.place.position).toBe((places.at(-1) as VolumePlace).position + bytes.length);
    expect(volumes.readNow(named?.place as VolumePlace, 0, 5)?.toString()).toBe('frame');
    // All the same the next volume is begun when this one is full, and not before.
    while ((await write(FAST_MS)).volume === first.volume);
    expect(sizeOf(first)).toBeGreaterThan(63 * MIB);
    expect(sizeOf(places.at(-1) as VolumePlace)).toBeLessThan(32 * MIB);
    for (let i = 0; i < 30; i++) await write(100);
    const last = places.at(-1) as VolumePlace;
    await expect.poll(() => sizeOf(last)).toBeGreaterThan(last.position + last.size);
    for (const place of places) expect((await volumes.read(place, 0, MIB))?.equals(bytes)).toBe(true);
    await volumes.close();
  });

  it('has a frame just behind the large segment that it names, at once and without zeros', async () => {
    const volumes = open();
    await add(volumes, randomBytes(2 * MIB));
    const { place, settle } = await volumes.write([randomBytes(MIB)], MIB);
    const frame = volumes.placeNow(5, () => [Buffer.from('frame')]);
    expect(frame?.place).toEqual({ volume: place.volume, position: 3 * MIB, size: 5 });
    expect(statSync(volumePath(root, place.volume)).size).toBe(3 * MIB + BLOCK);
    settle();
    frame?.settle();
    await volumes.close();
  });

  it('places nothing at once where zeros are still on their way to', async () => {
    const volumes = open();
    await add(volumes, randomBytes(MIB));
    // Zeros of a MiB are begun for the first two of these, and more behind those for the third, in which the large one lies, and what names it.
    const under = [0.4, 0.4, 0.4, 0.5].map((mib) => volumes.write([randomBytes(mib * MIB)], Math.floor(mib * MIB)));
    const frames: VolumePlace[] = [];
    const placeNow = () => {
      const frame = volumes.placeNow(5, () => [Buffer.from('frame')]);
      frame?.settle();
      if (frame !== undefined) frames.push(frame.place);
    };
    for (let i = 0; i < 20; i++) {
      placeNow();
      await undefined;
    }
    for (const { settle } of await Promise.all(under)) settle();
    placeNow();
    await add(volumes, randomBytes(1_000));
    expect(frames.length).toBeGreaterThan(0);
    for (const place of frames) expect((await volumes.read(place, 0, 5))?.toString()).toBe('frame');
    await volumes.close();
  });

  it.each([
    ['slow', () => 1_000],
    ['fast', () => 1],
    ['slow and fast in turns', (i: number) => (i % 40 < 20 ? 1 : 1_000)],
  ])('keeps what lies in volumes apart from what lay there before, whatever comes and goes, %s', async (_, msOf) => {
    let now = 0;
    const volumes = open([], () => now);
    const live = new Map<VolumePlace, Buffer>();
    const gone: VolumePlace[] = [];
    const isRight = async (place: VolumePlace, bytes: Buffer) =>
      expect((await volumes.read(place, 0, place.size))?.equals(bytes)).toBe(true);
    const reading: Promise<void>[] = [];
    for (let i = 0; i < 300; i++) {
      now += msOf(i);
      const size = 1 + ((i * 7_654_321) % (6 * MIB));
      const bytes = Buffer.alloc(i % 4 === 0 ? size : Math.ceil(size / 16), `segment ${i} `);
      const frame = i % 5 === 0 ? volumes.placeNow(5, () => [Buffer.from('frame')]) : undefined;
      if (frame !== undefined) live.set(frame.place, Buffer.from('frame'));
      frame?.settle();
      const { place, settle } = await (i % 3 === 0 ? volumes.append([bytes], bytes.length) : volumes.write([bytes], bytes.length));
      settle();
      for (const [at, was] of live) if ((at.position + i) % 5 === 0) reading.push(isRight(at, was));
      live.set(place, bytes);
      const settled = volumes.settledBelow;
      for (const id of new Set([...live.keys()].map(({ volume }) => volume))) {
        if (id >= settled - 1) continue;
        for (const at of live.keys()) if (at.volume === id && live.delete(at)) gone.push(at);
        await volumes.remove([id]);
      }
    }
    await Promise.all(reading);
    for (const [place, bytes] of live) await isRight(place, bytes);
    for (const place of gone) expect(await volumes.read(place, 0, 10)).toBeUndefined();
    expect(gone.length).toBeGreaterThan(20);
    await volumes.close();
  });

  it('counts a volume as settled only when every segment of it has been handed over', async () => {
    const volumes = open();
    const first = await volumes.append([Buffer.alloc(10)], 10);
    volumes.seal();
    expect(volumes.settledBelow).toBe(first.place.volume);
    first.settle();
    expect(volumes.settledBelow).toBeGreaterThan(first.place.volume);
    await volumes.close();
  });

  it('closes no volume under a segment that has just taken its place in it', async () => {
    const volumes = open();
    await add(volumes, Buffer.from('first'));
    const bytes = Buffer.from('second');
    // Whenever somebody leaves the volume, the place is not taken yet or is waited for.
    for (let turns = 0; turns < 10; turns++) {
      const appended = volumes.append([bytes], bytes.length);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      volumes.seal();
      const { place, settle } = await appended;
      expect(volumes.settledBelow, `${turns} turns`).toBeLessThanOrEqual(place.volume);
      settle();
      expect((await volumes.read(place, 0, 100))?.toString()).toBe('second');
      await add(volumes, Buffer.from('first'));
    }
    await volumes.close();
  });

  it('removes at start what no row names, and never writes into an old volume', async () => {
    const before = open();
    const kept = await add(before, Buffer.from('kept'));
    before.seal();
    const garbage = await add(before, Buffer.from('garbage'));
    await before.close();
    writeFileSync(join(root, 'unknown'), 'left alone');
    const after = open([kept.volume]);
    const next = await add(after, Buffer.from('next'));
    expect(next.volume).toBeGreaterThan(garbage.volume);
    expect((await after.read(kept, 0, 100))?.toString()).toBe('kept');
    await expect.poll(() => readdirSync(root).filter((name) => name.includes(String(garbage.volume).padStart(10, '0')))).toEqual([]);
    expect(readdirSync(root)).toContain('unknown');
    await after.close();
  });

  it('answers nothing for a volume that has gone, and refuses to write where it may not', async () => {
    const volumes = open();
    expect(await volumes.read({ volume: 77, position: 0, size: 10 }, 0, 10)).toBeUndefined();
    await volumes.remove([77]);
    await volumes.close();
    const readOnly = new SegmentVolumes(root, new Set(), { readOnly: true, onFatal: noFatal });
    await expect(readOnly.append([Buffer.alloc(1)], 1)).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' });
    await readOnly.close();
  });

  it('gives its space back once the segments of a volume are deleted, and keeps the rest over a restart', async () => {
    let elapsedMs = 0;
    // Two minutes between any two looks at the clock.
    const clock = { ...SYSTEM_CLOCK, monotonic: () => (elapsedMs += 120_000) };
    const openFolder = () => openDataFolder({ folder: root, clock, onFatal: noFatal });
    let newest = FLOOR_NONE;
    const lease = () => {
      newest = nextLeaseId(Date.now(), newest, randomBytes(6));
      return newest;
    };
    const volumesThere = () => readdirSync(join(root, 'volumes'));
    const large = randomBytes(ROW_SEGMENT_BYTES_MAX + 1);
    let folder = await openFolder();
    const [gone, small, kept] = [lease(), lease(), lease()];
    await folder.inline.put(gone, [large]);
    await folder.inline.put(small, [Buffer.from('small')]);
    expect(await folder.inline.list(undefined, 2 ** 45, 10)).toEqual([
      { lease: gone, size: large.length },
      { lease: small, size: 5 },
    ]);
    await folder.inline.delete([gone]);
    expect(volumesThere()).toEqual([]);
    expect(await folder.inline.get(gone)).toBeUndefined();
    await folder.inline.put(kept, [large]);
    await folder.close();
    folder = await openFolder();
    expect(volumesThere()).toHaveLength(1);
    expect((await folder.inline.get(kept, 5, 10))?.equals(large.subarray(5, 15))).toBe(true);
    await folder.close();
  });

  it('lists and deletes hundreds of segments a few at a time, rows and places in one order', async () => {
    let nowMs = 1_000;
    const folder = await openDataFolder({ folder: root, clock: { ...SYSTEM_CLOCK, now: () => nowMs }, onFatal: noFatal });
    let newest = FLOOR_NONE;
    const put = async (size: number) => {
      newest = nextLeaseId(1_000, newest, randomBytes(6));
      await folder.inline.put(newest, [Buffer.alloc(size)]);
      return newest;
    };
    const old: string[] = [];
    for (let i = 0; i < 300; i++) {
      // Every seventh is young, and every hundredth lies in a volume.
      nowMs = i % 7 === 0 ? 3_000 : 1_000;
      const lease = await put(i % 100 === 1 ? ROW_SEGMENT_BYTES_MAX + 1 : 10);
      if (i % 7 !== 0) old.push(lease);
    }
    const listed = async (...ask: Parameters<typeof folder.inline.list>) => (await folder.inline.list(...ask)).map(({ lease }) => lease);
    expect(await listed(undefined, 2_000, 1_000)).toEqual(old);
    expect(await listed(undefined, 2_000, 200)).toEqual(old.slice(0, 200));
    expect(await listed(old[199] as typeof newest, 2_000, 1_000)).toEqual(old.slice(200));
    await folder.inline.delete(old as (typeof newest)[]);
    expect(await listed(undefined, 2_000, 1_000)).toEqual([]);
    expect(await listed(undefined, 4_000, 1_000)).toHaveLength(43);
    await folder.close();
  });

  it('lets a volume go whose last segments are small and old, which become rows, and no other', async () => {
    let nowMs = 1_000;
    const clock = { ...SYSTEM_CLOCK, now: () => nowMs, monotonic: () => 0 };
    const folder = await openDataFolder({ folder: root, clock, onFatal: noFatal });
    const key = { topicId: '11111111-1111-4111-8111-111111111111' as TopicId, partition: 0 };
    const empty = emptyLeaseRecord(FLOOR_NONE);
    await folder.leases.create([key], empty);
    let newest = FLOOR_NONE;
    let version = 0;
    const put = async (bytes: Buffer) => {
      newest = nextLeaseId(1_000, newest, randomBytes(6));
      await folder.inline.put(newest, [bytes]);
      await folder.leases.write([{ key, expected: version, record: { ...empty, version: ++version } }]);
      return newest;
    };
    const volumesThere = () => readdirSync(join(root, 'volumes')).length;
    // The first goes into a row.
    await put(Buffer.from('row'));
    const old = [];
    for (let i = 0; i < 70; i++) old.push(await put(Buffer.from(`old ${i}`)));
    const list = () => folder.inline.list(undefined, 2 ** 45, 1_000);
    expect(await list()).toHaveLength(71);
    expect(volumesThere()).toBe(1);
    nowMs += 600_000;
    // Nothing is taken from a volume that segments are put into.
    await list();
    expect(await folder.inline.list(undefined, 2 ** 45, 1_000)).toHaveLength(71);
    expect(volumesThere()).toBe(1);
    await folder.close();

    const again = await openDataFolder({ folder: root, clock, onFatal: noFatal });
    const listAgain = () => again.inline.list(undefined, 2 ** 45, 1_000);
    const large = nextLeaseId(1_000, newest, randomBytes(6));
    await again.inline.put(large, [Buffer.alloc(ROW_SEGMENT_BYTES_MAX + 1, 'x')]);
    expect(volumesThere()).toBe(2);
    await listAgain();
    expect(volumesThere()).toBe(2);
    expect((await again.inline.get(old[0] as LeaseId))?.toString()).toBe('old 0');
    await listAgain();
    expect(volumesThere()).toBe(1);
    for (const [i, lease] of old.entries()) expect((await again.inline.get(lease))?.toString()).toBe(`old ${i}`);
    expect(await listAgain()).toHaveLength(72);
    nowMs += 600_000;
    for (let i = 0; i < 3; i++) await listAgain();
    expect(volumesThere()).toBe(1);
    await again.close();
  });
});
