/**
 * Walks the objects of every zone that a sweep still has to list. A zone that does not answer is told of and passed over, and
 * stays among what is to be listed: the next run comes back to it alone, from where it had come to.
 */
import { LOG_PREFIX, WAL_PREFIX } from '../../core/segment-key.ts';
import type { ObjectInfo, Zone } from '../../ports/object-store.ts';
import type { MaintenancePorts } from './maintenance-ports.ts';
import type { Run } from './run.ts';
import type { SweepState } from './sweep.ts';

const OBJECTS_AT_ONCE = 1_000;
/** Where inline segments stand among what is to be listed. */
export const INLINE_PLACE = 'inline';

/** Everything a sweep lists: each kind of object in each zone, and inline segments. */
export function placesOf({ zones, inline }: MaintenancePorts): readonly string[] {
  const places = [WAL_PREFIX, LOG_PREFIX].flatMap((prefix) => zones.map((_, zone) => placeOf(prefix, zone)));
  return inline === undefined ? places : [...places, INLINE_PLACE];
}

/** A thousand objects at a time, with the zone that has them, until all zones are listed or the run is over. Cost: 1 LIST each. */
export async function* listZones(
  ports: MaintenancePorts,
  run: Run,
  { cursor, toList }: SweepState,
  prefix: string,
): AsyncGenerator<{ readonly zone: Zone; readonly found: readonly ObjectInfo[] }> {
  for (const [index, zone] of ports.zones.entries()) {
    const place = placeOf(prefix, index);
    while (toList.has(place)) {
      if (run.over) return;
      let found: readonly ObjectInfo[];
      try {
        found = await zone.objects.list(prefix, cursor.get(place), OBJECTS_AT_ONCE);
      } catch (error) {
        zoneFailed(ports, run, zone, error);
        break;
      }
      ports.zoneHealth.note(zone, true);
      // Whoever breaks off in the middle of these does not come back here, so that they are looked at again.
      yield { zone, found };
      if (found.length < OBJECTS_AT_ONCE) toList.delete(place);
      cursor.set(place, found.length < OBJECTS_AT_ONCE ? undefined : found.at(-1)?.key);
    }
  }
}

/** Notes a zone that did not do what it was asked; the others go on. */
export function zoneFailed(ports: MaintenancePorts, run: Run, zone: Zone, error: unknown): void {
  ports.zoneHealth.note(zone, false);
  run.failed(`zone ${zone.name}`, error);
}

function placeOf(prefix: string, zone: number): string {
  return `${prefix}${zone}`;
}
