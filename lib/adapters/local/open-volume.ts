import type { FileHandle } from 'node:fs/promises';

/** A volume that segments are added to. */
export interface OpenVolume {
  readonly id: number;
  readonly file: FileHandle;
  /** Where the next segment goes. */
  end: number;
  /** Where the bytes end that are there already, or the large segments that were put behind them: never before `end`. */
  grownTo: number;
  /** No zeros will be written before here any more: they were, or something else was. With none on their way it is `grownTo`. */
  zeroedTo: number;
  /** Where the newest large segment ends. */
  largeTo: number;
  /** All zeros so far are written. */
  grown: Promise<void>;
  /** How many times it grows that are not done. */
  growths: number;
  /** Segments that are being written, or whose place is not handed to the database yet. */
  unsettled: number;
  /** Segments that are on disk. */
  segments: number;
  /** The sync under way, and the one that waits for its end and covers all that was written before it begins. */
  syncing: Promise<void> | undefined;
  nextSync: Promise<void> | undefined;
  /** Whether the volume after it has been begun. */
  hasNext: boolean;
  full: boolean;
}

/** One without segments, whose file has these many bytes. */
export function openVolumeOf(id: number, file: FileHandle, bytes: number): OpenVolume {
  return {
    id,
    file,
    end: 0,
    grownTo: bytes,
    zeroedTo: bytes,
    largeTo: 0,
    grown: Promise.resolve(),
    growths: 0,
    unsettled: 0,
    segments: 0,
    syncing: undefined,
    nextSync: undefined,
    hasNext: false,
    full: false,
  };
}
