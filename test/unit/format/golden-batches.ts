/** The batches that Apache Kafka's own library made, and what it says is in them. */
import { readFileSync } from 'node:fs';

interface GoldenRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string | null])[];
}

interface GoldenBatch {
  readonly name: string;
  readonly bytes: Buffer;
  readonly header: Record<string, unknown>;
  readonly records: readonly GoldenRecord[];
}

interface GoldenFile {
  readonly madeBy: string;
  readonly batches: readonly (Omit<GoldenBatch, 'bytes'> & { readonly base64: string })[];
}

const file = JSON.parse(readFileSync(new URL('./fixtures/kafka-batches.json', import.meta.url), 'utf8')) as GoldenFile;

export const goldenMadeBy = file.madeBy;

/** Fresh copies, so that a test may change them. */
export function goldenBatches(): GoldenBatch[] {
  return file.batches.map(({ base64, ...rest }) => ({ ...rest, bytes: Buffer.from(base64, 'base64') }));
}

/** A key or value as the fixture writes it: text, `hex:` for bytes that begin with a control character, or null. */
export function goldenText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const first = bytes[0];
  return first !== undefined && first < 32 ? `hex:${Buffer.from(bytes).toString('hex')}` : Buffer.from(bytes).toString();
}
