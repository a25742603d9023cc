/** The OpenAPI 3.1 document, made from the routes and the schemas that check their input. */
import { z } from 'zod';
import type { Route } from './route.ts';
import { problem } from './schemas.ts';

type Json = Record<string, unknown>;

const VERSION = '1';

/** The document of the given routes. Schemas with an id become components, named by it. */
export function openApiOf(routes: readonly Route[]): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stratalog',
      version: VERSION,
      description: 'A Kafka-compatible event log on object storage.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: schemas.components },
  };
}

function operationOf(route: Route, schemas: Schemas): Json {
  const parameters: Json[] = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'partition' ? { type: 'integer', minimum: 0 } : { type: 'string' },
  }));
  if (route.query !== undefined) parameters.push(...queryOf(route.query, schemas));
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(route.answers)) {
    responses[status] = {
      description: answer.description,
      ...(answer.content === undefined ? {} : { content: contentOf(answer.content, schemas) }),
    };
  }
  responses.default = {
    description: 'What went wrong (RFC 9457).',
    content: { 'application/problem+json': { schema: schemas.of(problem, 'output') } },
  };
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: contentOf(route.body, schemas, 'input') } }),
    responses,
  };
}

function queryOf(query: z.ZodObject, schemas: Schemas): Json[] {
  return Object.entries(query.shape).map(([name, field]) => {
    const schema = schemas.of(field as z.ZodType, 'output');
    const { description, ...rest } = schema;
    return {
      name,
      in: 'query',
      required: !(field as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function contentOf(content: Readonly<Record<string, z.ZodType | null>>, schemas: Schemas, io: 'input' | 'output' = 'output'): Json {
  const shown: Json = {};
  for (const [type, schema] of Object.entries(content)) shown[type] = schema === null ? {} : { schema: schemas.of(schema, io) };
  return shown;
}

/** JSON Schemas of zod schemas; what has an id is moved to the components once. */
class Schemas {
  readonly components: Record<string, unknown> = {};

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _,
      $defs,
      ...json
    } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json & { $defs?: Record<string, Json> };
    for (const [name, definition] of Object.entries($defs ?? {})) this.components[name] ??= relocated(withoutId(definition));
    const id = z.globalRegistry.get(schema)?.id;
    if (id === undefined) return relocated(json) as Json;
    this.components[id] ??= relocated(withoutId(json));
    return { $ref: `#/components/schemas/${id}` };
  }
}

function withoutId({ id: _, ...rest }: Json): Json {
  return rest;
}

/** References within one schema, as references into the document. */
function relocated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : relocated(item),
    ]),
  );
}
