#!/usr/bin/env node
/** The executable: gives the command line its streams, its signals, and the processes that it can start. */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import type { Host } from '../lib/cli/host.ts';

/** Exit code of a process that a second Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

// Half of the processor time of a start is compiling: Node keeps the result in the system's folder for temporary files, for the next
// one. Where it cannot, or is told not to (NODE_DISABLE_COMPILE_CACHE=1), the start takes that time.
enableCompileCache();

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first one asks to end in good order; whoever asks again means at once.
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    interruption.abort(new Error(`ended by ${name}`));
  });
}
// A reader that is gone shows at the write that fails; unhandled, it would end the process with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

async function setHeap(): Promise<void> {
  const { setHeapForServing } = await import('../lib/runtime/heap.ts');
  setHeapForServing();
}

const host: Host = {
  version: versionOf(new URL('../package.json', import.meta.url)) ?? versionOf(new URL('../../package.json', import.meta.url)) ?? 'unknown',
  async serve(flags, signal, onReady) {
    // Loaded only here: no other command needs the engine.
    await setHeap();
    const [{ readServeSettings }, { serve }, { openKafkaDoor }] = await Promise.all([
      import('../lib/config/serve-settings.ts'),
      import('../lib/runtime/serve.ts'),
      import('../lib/runtime/gateway.ts'),
    ]);
    await serve({ settings: readServeSettings(flags, process.env), signal, onReady, openKafka: openKafkaDoor });
  },
  async gateway(flags, signal, onReady) {
    await setHeap();
    const { readGatewaySettings } = await import('../lib/config/gateway-settings.ts');
    const backend = readGatewaySettings(flags, process.env);
    if (backend.kind === 'folder') {
      const [{ serve }, { openKafkaDoor }] = await Promise.all([import('../lib/runtime/serve.ts'), import('../lib/runtime/gateway.ts')]);
      await serve({ settings: backend.settings, signal, onReady, openKafka: openKafkaDoor });
    } else {
      const { runGateway } = await import('../lib/runtime/gateway-process.ts');
      await runGateway({ settings: backend.settings, signal, onReady });
    }
  },
};

const { runCli } = await import('../lib/cli/program.ts');
const code = await runCli(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stderr.isTTY === true,
    env: process.env,
    interrupted: interruption.signal,
  },
  host,
);
process.exit(code);

/** The package's version, from the sources or from the built files one folder further down. */
function versionOf(file: URL): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version?: string }).version;
  } catch {
    return undefined;
  }
}
