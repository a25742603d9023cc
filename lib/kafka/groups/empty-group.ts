/**
 * Kafka lets a consumer that is no member keep offsets under an empty group id. A store has no empty names, so they stand under a sign
 * that nobody would choose; it comes in and goes out as the empty id it is.
 */
const STORED_AS = '∅';

export function storedGroupId(groupId: string): string {
  return groupId === '' ? STORED_AS : groupId;
}

export function shownGroupId(stored: string): string {
  return stored === STORED_AS ? '' : stored;
}
