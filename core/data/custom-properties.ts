import { z } from 'zod';
import type { ContractProblem } from './contract-model.ts';

/** Where `customProperties` stand in a contract. */
export type Place = 'table' | 'column' | 'inner value' | 'rule' | 'relationship';

/** Keys of ODCS `customProperties` that are ours, and where each may stand. Others belong to other tools and are left alone. */
const PLACES: Readonly<Record<string, readonly Place[]>> = {
  trainyardSeverity: ['column', 'relationship'],
  trainyardTolerance: ['column', 'relationship'],
  trainyardWaivers: ['table', 'column', 'rule'],
  trainyardPersonal: ['column', 'inner value'],
  trainyardExtraColumns: ['table'],
  trainyardColumnOrder: ['table'],
  trainyardColumnCase: ['table'],
  trainyardDuplicateRows: ['table'],
  trainyardOverlap: ['table'],
  trainyardConstant: ['table', 'column'],
  trainyardOutliers: ['table', 'column'],
  trainyardPersonalHints: ['table'],
  trainyardLabel: ['column'],
  trainyardDrift: ['table', 'column'],
  trainyardSchemaChanges: ['table', 'column'],
  trainyardReadBy: ['table'],
  trainyardDialect: ['table'],
};

/** Every key of ours with the places where it may stand. */
export function customPropertyPlaces(): ReadonlyMap<string, readonly Place[]> {
  return new Map(Object.entries(PLACES));
}

const Item = z.looseObject({ property: z.string(), value: z.unknown() });

/** Our keys and their values at one place. A key that is unknown, stands where it can't, or stands there twice is a problem. */
export function readCustom(
  raw: unknown,
  place: Place,
  line: number,
  problems: ContractProblem[],
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  if (!Array.isArray(raw)) return values;
  for (const one of raw) {
    const item = Item.safeParse(one);
    if (!item.success || !item.data.property.startsWith('trainyard')) continue;
    const { property, value } = item.data;
    const message = wrong(property, place, values);
    if (message !== null) problems.push({ message, line });
    values.set(property, value);
  }
  return values;
}

function wrong(property: string, place: Place, seen: ReadonlyMap<string, unknown>): string | null {
  const places = Object.hasOwn(PLACES, property) ? PLACES[property] : undefined;
  if (places === undefined)
    return `${property.slice(0, 100)} is unknown: expected one of ${Object.keys(PLACES).join(', ')}`;
  // A rule has words of its own for how it counts.
  const instead = place === 'rule' ? ': a quality rule has severity, and says mustBeLessThan and the like' : '';
  if (!places.includes(place)) return `${property} belongs to a ${places.join(' or a ')}, not to a ${place}${instead}`;
  return seen.has(property) ? `${property} is stated twice at the same place` : null;
}
