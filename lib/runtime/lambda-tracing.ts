/** Traces of a function: what was asked and how it ended as annotations, which X-Ray can search for; requests to the stores as subsegments. */
import type { Tracer } from '@aws-lambda-powertools/tracer';
import type { AwsOptions } from './aws.ts';

/** Subsegments for each request of a client, with its operation, table or bucket, and time. */
export function instrumenting(tracer: Pick<Tracer, 'captureAWSv3Client'>): NonNullable<AwsOptions['instrument']> {
  return (client) => void tracer.captureAWSv3Client(client);
}

interface DoorEvent {
  readonly rawPath?: string;
  readonly requestContext?: { readonly http?: { readonly method?: string } };
}

/** What a call of a door or a job leaves that a trace is searched by. */
interface Request {
  readonly event: unknown;
  readonly response?: unknown;
}

/** A middleware that annotates the segment of a call: `method`, `route`, `topic` and `status` of a door, `jobs` and `itemsDone` of a job. */
export function annotating(tracer: Pick<Tracer, 'putAnnotation'>): { readonly after: (request: Request) => void } {
  return {
    after({ event, response }) {
      const { rawPath, requestContext } = (event ?? {}) as DoorEvent;
      const found = rawPath === undefined ? annotationsOfJob(response) : annotationsOfDoor(requestContext?.http?.method, rawPath, response);
      for (const [name, value] of Object.entries(found)) if (value !== undefined) tracer.putAnnotation(name, value);
    },
  };
}

type Annotations = Readonly<Record<string, string | number | undefined>>;

function annotationsOfDoor(method: string | undefined, path: string, response: unknown): Annotations {
  const [, version, kind, name, ...rest] = path.split('/');
  // Names and numbers are no part of a route, or there would be as many routes as partitions.
  const parts = [version, kind, ...(name === undefined ? [] : ['*']), ...rest.map((part) => (/^\d+$/.test(part) ? '*' : part))];
  const { statusCode } = (response ?? {}) as { readonly statusCode?: number };
  return { method, route: `/${parts.join('/')}`, topic: kind === 'topics' ? name : undefined, status: statusCode };
}

function annotationsOfJob(response: unknown): Annotations {
  if (!Array.isArray(response)) return {};
  const reports = response as readonly { readonly job: string; readonly did: Readonly<Record<string, number>> }[];
  const itemsDone = reports.flatMap(({ did }) => Object.values(did)).reduce((sum, count) => sum + count, 0);
  return { jobs: reports.map(({ job }) => job).join(' '), itemsDone };
}
