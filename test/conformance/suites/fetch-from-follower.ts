/** What librdkafka's test of a reader in a rack needs, and what its output has to say. */

export const FETCH_FROM_FOLLOWER = '0101_fetch_from_follower';
/** The test takes the rack of a node to be `RACK` and its id. */
export const RACKS = ['RACK1', 'RACK2', 'RACK3'];
/** Keys and values of all records that it writes and reads: 1,000 of 127 and 100 bytes. */
const RECORD_BYTES = 227_000;
/** More than what a client is told beside records. */
const OTHER_BYTES = RECORD_BYTES / 10;
/** What it says of records that are not as they were written. */
const COMPLAINT = /message consumed out of order|expecting [^\n[]+/;

/**
 * Why its output does not show that everything was read at the replica in the reader's rack; undefined when it does. The test
 * passes either way: what it finds wrong it only prints.
 */
export function doubtOfFollower(output: string): string | undefined {
  const complaint = COMPLAINT.exec(output)?.[0];
  if (complaint !== undefined) return complaint;
  const told = [...output.matchAll(/rxbytes for replica on broker (\d+): (\d+)((?: \([\w ]+\))*)/g)];
  const shown = told.map(([line]) => line).join('; ');
  const received = told.map(([, id, bytes, roles = '']) => ({
    id: Number(id),
    bytes: Number(bytes),
    isLeader: roles.includes('(leader)'),
    isPreferred: roles.includes('(preferred replica)'),
  }));
  const ids = received.map(({ id }) => id).sort((a, b) => a - b);
  if (ids.join() !== RACKS.map((_, i) => i + 1).join()) return `it does not tell of one replica in each rack: ${shown}`;
  const preferred = received.filter(({ isPreferred }) => isPreferred);
  if (preferred.length !== 1 || preferred[0]?.isLeader) return `it does not prefer a follower: ${shown}`;
  const astray = received.some(({ bytes, isPreferred }) => (isPreferred ? bytes < RECORD_BYTES : bytes > OTHER_BYTES));
  return astray ? `not everything was read at the preferred replica alone: ${shown}` : undefined;
}
