/** `stratalog segment dump` */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { StratalogError } from '../core/errors.ts';
import { type DumpedBatch, dumpSegment, type SegmentDump } from '../format/dump.ts';
import { isBrokenPipe, type Terminal, write } from './terminal.ts';

/** As large as a segment may be: positions within it are 32-bit. */
const SEGMENT_BYTES_MAX = 2 ** 31 - 1;

export function segmentDumpCommand(terminal: Terminal): Command {
  return new Command('dump')
    .description(
      'Shows what is in a segment file: its footer, every batch, and with --records every record. Says what is wrong with bad bytes.',
    )
    .argument('<file>', 'a segment as written, or a merged .log file (also one of Kafka)')
    .option('--records', 'show the records too')
    .option('--json', 'a JSON object a line, for programs')
    .addHelpText('after', '\nExample:\n  stratalog segment dump ./data/zone-0/wal/3f/018f... --records')
    .action(async (file: string, options: { records?: boolean; json?: boolean }) => {
      const bytes = await readWhole(file);
      const dump = dumpSegment(bytes, { records: options.records === true });
      let problems = dump.problem === undefined ? 0 : 1;
      try {
        await write(terminal.stdout, options.json ? `${JSON.stringify(headOf(dump))}\n` : headText(dump));
        for (let step = dump.batches.next(); ; step = dump.batches.next()) {
          if (step.done) {
            if (step.value !== undefined) {
              problems++;
              await write(terminal.stdout, options.json ? `${JSON.stringify({ problem: step.value })}\n` : `PROBLEM: ${step.value}\n`);
            }
            break;
          }
          if (!step.value.crcValid || step.value.problem !== undefined) problems++;
          await write(terminal.stdout, options.json ? `${JSON.stringify(step.value, asText)}\n` : batchText(step.value));
        }
      } catch (error) {
        if (isBrokenPipe(error)) return;
        throw error;
      }
      if (problems > 0)
        throw new StratalogError('CORRUPT_OBJECT', `${file} has ${problems} problem${problems === 1 ? '' : 's'}`, { field: 'file' });
    });
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'it does not exist' : String(error);
    throw new StratalogError('NOT_FOUND', `cannot read ${file} (at most ${SEGMENT_BYTES_MAX} bytes): ${reason}`, { field: 'file' }, error);
  }
}

function headOf({ kind, sizeBytes, bodyBytes, slices, problem }: SegmentDump) {
  return { kind, sizeBytes, bodyBytes, slices, ...(problem === undefined ? {} : { problem }) };
}

function headText({ kind, sizeBytes, bodyBytes, slices, problem }: SegmentDump): string {
  const what = kind === 'wal' ? 'segment as written' : 'log file';
  const lines = slices.map(
    (slice, index) =>
      `  slice ${index}: topic ${slice.topicId} partition ${slice.partition}, bytes ${slice.position}+${slice.length}, ${slice.span} offsets, ${slice.records} records`,
  );
  const wrong = problem === undefined ? [] : [`PROBLEM: ${problem}`];
  return `${[`${what}, ${sizeBytes} bytes, ${bodyBytes} of batches`, ...wrong, ...lines].join('\n')}\n`;
}

function batchText({ position, sizeBytes, header, crcValid, slice, records, problem }: DumpedBatch): string {
  const producer =
    header.producerId < 0 ? '' : `, producer ${header.producerId} epoch ${header.producerEpoch} sequence ${header.baseSequence}`;
  const lines = [
    `batch at ${position}: offsets ${header.baseOffset} to ${header.lastOffset}, ${header.recordsCount} records, ${sizeBytes} bytes, ${header.compression}, ` +
      `${header.timestampType} ${header.maxTimestamp}${producer}${slice === undefined ? '' : `, slice ${slice}`}${crcValid ? '' : ', WRONG CRC'}`,
    ...(records ?? []).map(
      ({ offset, timestamp, key, value }) =>
        `  ${offset}  ${timestamp}  ${key === null ? '-' : shortText(key)}  ${value === null ? 'tombstone' : shortText(value)}`,
    ),
    ...(problem === undefined ? [] : [`  PROBLEM: ${problem}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Bytes as quoted text, no longer than a line of a terminal. */
function shortText(bytes: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(bytes).toString('utf8'));
  return text.length > 100 ? `${text.slice(0, 97)}..."` : text;
}

function asText(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
