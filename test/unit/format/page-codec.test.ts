import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStratalogError } from '../../../lib/core/errors.ts';
import type { LeaseId } from '../../../lib/core/ids.ts';
import type { IndexPage } from '../../../lib/core/index-page.ts';
import { decodeIndexPage, encodeIndexPage } from '../../../lib/format/page-codec.ts';
import { indexPages } from './metadata-arbitraries.ts';

const PAGE: IndexPage = {
  firstOffset: 1_000,
  version: 2,
  maxTimestampBefore: -1,
  bytesBefore: 70_000,
  entries: [
    {
      lease: '018bcfe5680000000000000a' as LeaseId,
      kind: 'log',
      position: 0,
      length: 200,
      span: 3,
      records: 2,
      maxTimestamp: 1_700_000_000_000,
      zones: 3,
    },
  ],
};
const PAGE_HEX = '5001d00f0401e0c508' + '01' + '0203018bcfe5680000000000000a009003060280a0abfef962' + '00';

const STUB: IndexPage = {
  firstOffset: 1_000,
  version: 3,
  maxTimestampBefore: -1,
  bytesBefore: 70_000,
  entries: [],
  mergedInto: 5,
  mergedAtMs: 1_700_000_000_000,
};
const STUB_HEX = '5001d00f0601e0c508' + '00' + '010a80a0abfef962';

describe('a packed index page', () => {
  it.each([
    ['page', PAGE, PAGE_HEX],
    ['stub', STUB, STUB_HEX],
  ])('is these bytes for good: a %s', (_, page, hex) => {
    expect(Buffer.from(encodeIndexPage(page)).toString('hex')).toBe(hex);
    expect(decodeIndexPage(Buffer.from(hex, 'hex'))).toEqual(page);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(indexPages(), (page) => {
        expect(decodeIndexPage(encodeIndexPage(page))).toEqual(page);
      }),
    );
  });

  it('comes back without the time of a stub that has none', () => {
    const { mergedAtMs: _, ...stub } = STUB;
    expect(decodeIndexPage(encodeIndexPage(stub))).toEqual(stub);
  });

  it('is refused as corrupt when any of it is missing, anything follows, or it is something else', () => {
    const refused = (hex: string) => {
      try {
        decodeIndexPage(Buffer.from(hex, 'hex'));
      } catch (error) {
        return isStratalogError(error, 'CORRUPT_OBJECT');
      }
      return false;
    };
    for (let length = 0; length < PAGE_HEX.length; length += 2) expect(refused(PAGE_HEX.slice(0, length))).toBe(true);
    expect(refused(`${PAGE_HEX}00`)).toBe(true);
    expect(refused(`4c${PAGE_HEX.slice(2)}`)).toBe(true);
    expect(refused(`5002${PAGE_HEX.slice(4)}`)).toBe(true);
    expect(refused(`${PAGE_HEX.slice(0, -2)}04`)).toBe(true);
  });

  it('says of a page that compaction has cleaned it', () => {
    const bytes = Buffer.from(`${PAGE_HEX.slice(0, -2)}02`, 'hex');
    const page = decodeIndexPage(bytes);
    expect(page.cleaned).toBe(true);
    expect(Buffer.from(encodeIndexPage(page)).equals(bytes)).toBe(true);
  });

  it('says of a page that merge leaves its file as it is', () => {
    const bytes = Buffer.from(`${PAGE_HEX.slice(0, -2)}03`, 'hex');
    const page = decodeIndexPage(bytes);
    expect(page.final).toBe(true);
    expect(Buffer.from(encodeIndexPage(page)).equals(bytes)).toBe(true);
  });

  it('never yields anything but a page or the corruption error, whatever the bytes', () => {
    const decode = (bytes: Uint8Array) => {
      try {
        decodeIndexPage(bytes);
      } catch (error) {
        if (!isStratalogError(error, 'CORRUPT_OBJECT')) throw error;
      }
    };
    const valid = Buffer.from(PAGE_HEX, 'hex');
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = Buffer.from(valid);
        bytes[at] = byte;
        decode(bytes);
      }),
      { numRuns: 1_000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => decode(Buffer.from([0x50, 1, ...tail]))));
  });
});
