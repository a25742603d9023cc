import type { ApiName, Messages } from './messages/registry.ts';

/** What a connection's client has told about itself. One object a connection; ApiVersions fills in the software. */
export interface ClientInfo {
  /** Remote address, e.g. `127.0.0.1`. */
  readonly host: string;
  softwareName: string;
  softwareVersion: string;
}

/** What a handler knows about a request besides the request itself. */
export interface RequestContext {
  /** Number of the connection, unique within the process. */
  readonly connectionId: number;
  /** Name of the listener the client came in by; Metadata answers that listener's advertised addresses. */
  readonly listener: string;
  readonly clientId: string | null;
  readonly client: ClientInfo;
  /**
   * Aborted when the connection is gone or the server closes. A handler that waits (Fetch, JoinGroup) ends its wait
   * then; its answer is sent if the connection still stands.
   */
  readonly signal: AbortSignal;
  /** Has a function called once the answer has left the process, or is known never to leave it: its buffers are not read after that. */
  readonly onSent: (done: () => void) => void;
}

/**
 * Answers one request. `null` means that no answer is sent (Produce with acks=0).
 *
 * Refusals are answers with an error number, in the fields the API has for it; what a handler throws closes the
 * connection with a log line, as a broker does where it cannot answer (Produce with acks=0 that failed).
 *
 * Byte fields of the request are views of the network buffer: they stay valid as long as they are referred to. Those of Produce are
 * written over once the handler has answered; the engine holds what it needs for longer (`MemoryPool.hold`). Record bytes in a response are sent by reference, as one buffer or a list, and must
 * not change before `onSent`.
 */
export type KafkaHandler<N extends ApiName> = (
  context: RequestContext,
  request: Messages[N]['request'],
  version: number,
) => Promise<Messages[N]['response'] | null>;

/** The handlers by the name of their API. An API without one is not advertised, and a request for it closes the connection. */
export type KafkaHandlers = { readonly [N in ApiName]?: KafkaHandler<N> };

/** Where the gateway reports what operators should see. Fields are small and printable. */
export interface KafkaLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
