/** How a client gets to an engine: one in its own process, one behind a gateway, or one in a function. */
import { StratalogError } from '../../lib/core/errors.ts';
import type { Engine } from '../../lib/engine/engine.ts';
import type { FunctionFleet } from './function-fleet.ts';
import type { Network } from './network.ts';
import type { SimProcess } from './sim-process.ts';

/** A process that others can ask. */
export interface Server {
  readonly process: SimProcess;
  readonly engine: Engine;
}

export interface Door {
  /** The engine, where it is in the client's own process. */
  readonly own: Engine | undefined;
  /**
   * Runs something where an engine is and brings back the answer. `at` names the process to ask, which counts only where
   * processes can be chosen.
   */
  ask<Answer>(what: string, call: (engine: Engine) => Promise<Answer>, at?: string): Promise<Answer>;
}

/** The processes that can be asked now. */
export interface Servers {
  named(name: string): Server | undefined;
  any(): Server | undefined;
}

/** An SDK that works on the stores itself. */
export function directDoor(process: SimProcess, own: Engine, servers: Servers, network: Network): Door {
  return {
    own,
    ask: (what, call, at) => {
      const other = at === undefined || at === process.name ? undefined : servers.named(at);
      return other === undefined ? call(own) : network.ask(process, other.process, what, () => call(other.engine));
    },
  };
}

/** A client that stays with one gateway as long as that answers. */
export function gatewayDoor(process: SimProcess, servers: Servers, network: Network): Door {
  let connected: string | undefined;
  return {
    own: undefined,
    ask: async (what, call, at) => {
      const server = (at === undefined ? undefined : servers.named(at)) ?? servers.named(connected ?? '') ?? servers.any();
      if (server === undefined) {
        await process.clock.sleep(network.wayMs());
        throw new StratalogError('REQUEST_TIMED_OUT', 'nobody listens');
      }
      if (at === undefined) connected = server.process.name;
      try {
        return await network.ask(process, server.process, what, () => call(server.engine));
      } catch (error) {
        if (error instanceof StratalogError && error.code === 'REQUEST_TIMED_OUT') connected = undefined;
        throw error;
      }
    },
  };
}

/** A client whose every request is an invocation. */
export function functionDoor(process: SimProcess, fleet: FunctionFleet, network: Network): Door {
  return {
    own: undefined,
    ask: async (what, call) => {
      // Even a refusal takes its time.
      await process.clock.sleep(network.wayMs());
      return fleet.invoke(process, what, ({ engine }) => call(engine));
    },
  };
}
