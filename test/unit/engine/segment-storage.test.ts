import { describe, expect, it } from 'vitest';
import { MemoryObjectStore } from '../../../lib/adapters/memory/object-store.ts';
import { StratalogError } from '../../../lib/core/errors.ts';
import { SegmentStorage } from '../../../lib/engine/segment-storage.ts';
import { ENGINE_DEFAULTS } from '../../../lib/engine/settings.ts';
import { SILENT } from '../../../lib/ports/telemetry.ts';

const CLOCK = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
const BOTH = 0b11;

async function storageWith(copies: readonly (string | undefined)[]): Promise<SegmentStorage> {
  const zones = await Promise.all(
    copies.map(async (copy, i) => {
      const objects = new MemoryObjectStore(CLOCK);
      if (copy !== undefined) await objects.put('key', [Buffer.from(copy)]);
      return { name: `zone${i}`, objects };
    }),
  );
  return new SegmentStorage({ clock: CLOCK, telemetry: SILENT, zones, settings: ENGINE_DEFAULTS });
}

function parse(bytes: Buffer): string {
  const text = bytes.toString();
  if (text.startsWith('bad')) throw new StratalogError('CORRUPT_OBJECT', `'${text}' is bad`);
  return text;
}

describe('a whole object', () => {
  it('comes from the first zone whose copy can be read, past missing and damaged ones', async () => {
    expect(await (await storageWith(['bad', 'good'])).getWhole('key', 100, BOTH, parse)).toBe('good');
    expect(await (await storageWith([undefined, 'good'])).getWhole('key', 100, BOTH, parse)).toBe('good');
    expect(await (await storageWith([undefined, undefined])).getWhole('key', 100, BOTH, parse)).toBeUndefined();
  });

  it('is an error when no zone has it right', async () => {
    await expect((await storageWith(['bad', undefined])).getWhole('key', 100, BOTH, parse)).rejects.toMatchObject({
      code: 'CORRUPT_OBJECT',
    });
  });
});
