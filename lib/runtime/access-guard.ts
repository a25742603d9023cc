/**
 * What callers of a function may ask for. IAM decides who may call a function and not what is asked of it, so a copy of a
 * function that was granted for one topic refuses everything else here.
 */
import type { AccessSettings } from '../config/aws-settings.ts';
import { StratalogError } from '../core/errors.ts';

type Right = 'produce' | 'consume' | 'describe' | 'admin';

interface Asked {
  readonly right: Right;
  readonly topic?: string;
  readonly group?: string;
}

/** Throws ACCESS_DENIED with what is missing. Unknown paths pass: they are answered with 404. */
export function checkAccess(method: string, path: string, access: AccessSettings): void {
  if (access.kind === 'admin' && access.topics === undefined && access.groups === undefined) return;
  const asked = askedOf(method, path);
  if (asked === undefined) return;
  const { right, topic, group } = asked;
  if (access.kind !== 'admin' && right !== access.kind && right !== 'describe') {
    throw denied(`this door is for callers that ${access.kind}; ${method} ${path} needs '${right}'`, right);
  }
  if (topic !== undefined && access.topics?.includes(topic) === false) {
    throw denied(`this door is for topic ${access.topics.join(', ')}, not for '${topic.slice(0, 80)}'`, right);
  }
  if (group !== undefined && access.groups?.includes(group) === false) {
    throw denied(`this door is for group ${access.groups.join(', ')}, not for '${group.slice(0, 80)}'`, right);
  }
  if (topic === undefined && group === undefined && access.topics !== undefined && right !== 'produce') {
    throw denied(`this door is for topic ${access.topics.join(', ')} alone; ${method} ${path} is about all`, right);
  }
}

function askedOf(method: string, path: string): Asked | undefined {
  const parts = path.split('/').slice(1).map(decoded);
  if (parts[0] !== 'v1') return undefined;
  const reads = method === 'GET' || method === 'HEAD';
  switch (parts[1]) {
    case 'topics':
      return parts[2] === undefined
        ? { right: reads ? 'describe' : 'admin' }
        : { topic: parts[2], right: topicRight(parts, reads, method) };
    case 'producers':
      return { right: 'produce' };
    case 'groups':
      return parts[2] === undefined ? { right: 'admin' } : { group: parts[2], right: groupRight(parts, reads, method) };
    case 'maintenance':
      return { right: 'admin' };
    default:
      return undefined;
  }
}

function topicRight(parts: readonly string[], reads: boolean, method: string): Right {
  const last = parts.at(-1);
  if (parts.length === 3) return reads ? 'describe' : 'admin';
  if (reads) return last === 'records' ? 'consume' : 'describe';
  return method === 'POST' ? 'produce' : 'admin';
}

function groupRight(parts: readonly string[], reads: boolean, method: string): Right {
  if (parts.at(-1) === 'reset' || method === 'DELETE') return 'admin';
  return reads || method === 'POST' || method === 'PUT' ? 'consume' : 'admin';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function denied(message: string, right: Right): StratalogError {
  return new StratalogError('ACCESS_DENIED', message, { field: 'access', value: right });
}
