/**
 * On a virtual machine a page that its guest gave back a few seconds ago is the host's again, and the first touch of it takes 5 to 12 us:
 * 325 to 800 MiB/s, whoever writes. Whether a load meets such pages depends on what ran before it, and is worth a factor of three.
 * So each load that is compared with another gets memory that was touched just before it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const MIB = 1024 * 1024;
/** Of what is free: the rest stays for who is measured. */
const SHARE_MAX = 0.5;

/** What a Linux guest gives back: free blocks of at least so many pages, as a power of two. Above {@link ORDER_MAX} none are. */
const REPORTING_ORDER = '/sys/module/page_reporting/parameters/page_reporting_order';
const ORDER_MAX = 10;

/**
 * What to tell about a guest whose host takes free memory back; undefined for any other machine. A load of a GiB and more writes pages that nobody
 * touched before it, and whoever writes a byte more than once pays more than once.
 */
export function memoryGivenBack(): string | undefined {
  let order: number;
  try {
    order = Number(readFileSync(REPORTING_ORDER, 'utf8'));
  } catch {
    return undefined;
  }
  if (order < 0 || order > ORDER_MAX) return undefined;
  return `free memory goes back to the host, and each GiB that is written anew takes up to a second of CPU: echo ${ORDER_MAX + 1} > ${REPORTING_ORDER} ends that`;
}

/** Touches so many MiB in a process that ends, which gives them back to the system; fewer where half of what is free is less. */
export function warmMemory(mib: number): void {
  const bytes = Math.floor(Math.min(mib * MIB, freemem() * SHARE_MAX));
  const blocks = Math.ceil(bytes / MIB);
  const touch = `const kept = []; for (let i = 0; i < ${blocks}; i++) kept.push(Buffer.alloc(${MIB}, 1));`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', touch], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`touching ${mib} MiB: ${stderr.slice(-300)}`);
}
