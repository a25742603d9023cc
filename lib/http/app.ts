/**
 * The HTTP door: a fetch-style application for a Node server and for a Lambda function alike.
 *
 * There is no middleware. Every route is wrapped once, so that one place counts, times, limits and turns errors into
 * problem documents, and a request takes the router's shortest way.
 */
import { type Context, Hono } from 'hono';
import { StratalogError } from '../core/errors.ts';
import { BodyBudget } from './body.ts';
import { Call, type CallSource, type HttpDeps, stopping } from './call.ts';
import { openApiOf } from './openapi.ts';
import type { Route } from './route.ts';
import { batchRoutes } from './routes/batches.ts';
import { groupRoutes } from './routes/groups.ts';
import { offsetRoutes } from './routes/offsets.ts';
import { processRoutes } from './routes/process.ts';
import { produceRoutes } from './routes/produce.ts';
import { producerRoutes } from './routes/producers.ts';
import { readRoutes } from './routes/read.ts';
import { topicRoutes } from './routes/topics.ts';
import { HTTP_LIMITS, type HttpLimits } from './settings.ts';

export interface HttpOptions extends Omit<HttpDeps, 'limits' | 'readiness'> {
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Default: always ready. */
  readonly readiness?: HttpDeps['readiness'] | undefined;
  /** Routes of other parts, served beside the built-in ones. */
  readonly routes?: readonly Route[] | undefined;
}

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'] as const;
const ALL: readonly Route[] = [
  ...topicRoutes,
  ...produceRoutes,
  ...batchRoutes,
  ...readRoutes,
  ...offsetRoutes,
  ...producerRoutes,
  ...groupRoutes,
  ...processRoutes,
];

/** Builds the application; `app.fetch` answers requests. */
export function createHttpApp(options: HttpOptions): Hono {
  const deps: HttpDeps = {
    ...options,
    limits: { ...HTTP_LIMITS, ...options.limits },
    readiness: options.readiness ?? (async () => undefined),
  };
  const budget = new BodyBudget(deps.limits.bodiesBytesMax);
  const door = new Door(deps);
  const app = new Hono();
  const routes = [...ALL, ...(options.routes ?? [])];
  let document: string | undefined;
  const openApi: Route = {
    method: 'GET',
    path: '/v1/openapi.json',
    operation: 'getOpenApi',
    summary: 'This document.',
    answers: { 200: { description: 'OpenAPI 3.1.', content: { 'application/json': null } } },
    handle: (call) => {
      document ??= JSON.stringify(openApiOf([...routes, openApi]));
      return call.text(document, 'application/json');
    },
  };
  for (const route of [...routes, openApi]) {
    app.on(route.method, route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) =>
      door.serve(route, new Call(sourceOf(context), deps, budget, door.finish)),
    );
  }
  app.notFound((context) => {
    const call = new Call(sourceOf(context), deps, budget, () => {});
    const path = context.req.path;
    const allowed = METHODS.filter((method) => app.router.match(method, path)[0].length > 0);
    return unrouted(call, allowed);
  });
  const { fetch } = app;
  const [produceBatches] = batchRoutes as [Route];
  app.fetch = (request, env, context) => {
    const param = request.method === 'POST' ? batchesPathOf(request.url) : undefined;
    if (param === undefined) return fetch(request, env, context);
    return door.serve(produceBatches, new Call({ request, env, param }, deps, budget, door.finish));
  };
  return app;
}

function sourceOf(context: Context): CallSource {
  return { request: context.req.raw, env: context.env, param: (name) => context.req.param(name) };
}

/** What the producers of the SDK send all the time, where nothing in the path has to be decoded. */
const BATCHES_URL = /^https?:\/\/[^/?#]+\/v1\/topics\/([\w.-]+)\/partitions\/(\d+)\/batches(?:\?|$)/;

/** The parts of that path, found without the router and without the whole URL; undefined for every other. */
function batchesPathOf(url: string): CallSource['param'] | undefined {
  const found = BATCHES_URL.exec(url);
  return found === null ? undefined : (name) => found[name === 'topic' ? 1 : 2];
}

/** Answers what no route takes: OPTIONS, 405 with Allow, 404. */
function unrouted(call: Call, methods: readonly string[]): Response {
  const { method } = call.request;
  if (methods.length === 0) {
    return call.refuse(new StratalogError('NOT_FOUND', `there is nothing at ${call.url.pathname.slice(0, 200)}`, { field: 'path' }));
  }
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') {
    const preflight = call.deps.corsOrigins !== undefined && call.header('access-control-request-method') !== null;
    return call.empty(204, {
      allow,
      ...(preflight
        ? { 'access-control-allow-methods': allow, 'access-control-allow-headers': '*', 'access-control-max-age': '86400' }
        : {}),
    });
  }
  const error = new StratalogError('INVALID_REQUEST', `${method} is not allowed here, ${allow} are`, {
    field: 'method',
    value: method.slice(0, 20),
  });
  const response = call.refuse(error, 405);
  response.headers.set('allow', allow);
  return response;
}

/** What all requests of a process have in common. */
class Door {
  readonly #deps: HttpDeps;
  #inFlight = 0;

  constructor(deps: HttpDeps) {
    this.#deps = deps;
  }

  async serve(route: Route, call: Call): Promise<Response> {
    const { telemetry, limits } = this.#deps;
    const started = performance.now();
    let response: Response;
    telemetry.gauge('http_requests_in_flight', ++this.#inFlight);
    try {
      if (!route.unlimited) this.#admit(limits.requestsInFlightMax);
      response = await route.handle(call);
    } catch (error) {
      response = call.refuse(error);
    }
    const labels = { method: route.method, route: route.path };
    telemetry.count('http_requests_total', 1, { ...labels, status: String(response.status) });
    telemetry.observe('http_request_seconds', (performance.now() - started) / 1000, labels);
    telemetry.count('http_request_bytes_total', call.body.received, labels);
    if (!call.streaming) this.finish(call);
    return response;
  }

  readonly finish = (call: Call): void => {
    this.#inFlight--;
    call.body.release();
    this.#deps.telemetry.gauge('http_requests_in_flight', this.#inFlight);
    this.#deps.telemetry.count('http_response_bytes_total', call.responseBytes);
  };

  #admit(limit: number): void {
    if (this.#deps.closing?.aborted) throw stopping();
    if (this.#inFlight > limit) {
      throw new StratalogError('THROTTLED', `${limit} requests are under way, no more are taken`, { limit, retryAfterMs: 1000 });
    }
  }
}
