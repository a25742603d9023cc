/** What can happen to a process and to the connections with it. */
import { pause } from './clients.ts';
import type { ChaosProxy } from './proxy.ts';
import type { ChaosServer } from './server.ts';

export type Round = readonly [name: string, disaster: (server: ChaosServer, proxy: ChaosProxy) => Promise<void>];

export const between = (low: number, high: number): number => low + Math.random() * (high - low);

export async function killAndStart(server: ChaosServer): Promise<void> {
  await server.kill();
  await server.start();
}

export const DISASTERS: readonly Round[] = [
  ['kill', killAndStart],
  [
    'kill twice, the second time as it starts',
    async (server) => {
      await server.kill();
      const started = server.start().catch(() => undefined);
      await pause(between(50, 700));
      await server.kill();
      await started;
      await server.start();
    },
  ],
  [
    'stop and continue',
    async (server) => {
      server.signal('SIGSTOP');
      await pause(between(200, 4_000));
      server.signal('SIGCONT');
    },
  ],
  [
    'kill while stopped',
    async (server) => {
      server.signal('SIGSTOP');
      await pause(200);
      await killAndStart(server);
    },
  ],
  ['reset connections', async (_, proxy) => proxy.reset()],
  [
    'slow connections',
    async (_, proxy) => {
      proxy.set('slow', between(20, 400));
      await pause(1_500);
      proxy.set('clear');
    },
  ],
  [
    'half-open connections',
    async (_, proxy) => {
      proxy.set('half-open');
      await pause(between(500, 4_000));
      proxy.set('clear');
      proxy.reset();
    },
  ],
];
