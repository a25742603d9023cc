import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BUNDLE_FILE, BUNDLE_HANDLER, defaultBundleFolder } from '../../lib/infra/bundles.ts';
import type { FunctionName } from '../../lib/infra/props.ts';
import { startLambdaRuntime } from '../integration/emulators/lambda-runtime.ts';

/** What the produce function may weigh and take to start on one core. */
export const PRODUCE_BUDGET = { bytes: 1_500_000, initMs: 300 } as const;

export interface ColdStart {
  readonly bytes: number;
  /** Process start to the first poll for work under AWS's runtime client, median. */
  readonly initMs: number;
  /** The first call after it, median. */
  readonly firstCallMs: number;
  /** A call in a warm process, median. */
  readonly warmCallMs: number;
  /** The error a call ended in, if it did; the times then say how long failing took. */
  readonly error: string | undefined;
}

export interface ColdStartOptions {
  /** The folder of the bundle. */
  readonly bundle: string;
  readonly event: unknown;
  readonly env?: Readonly<Record<string, string>>;
  /** New processes. @default 10 */
  readonly runs?: number;
}

const WARM_CALLS = 5;

/** Starts the bundle anew several times, each time calling it once cold and a few times warm. */
export async function measureColdStart(options: ColdStartOptions): Promise<ColdStart> {
  const { bundle, event, env = {}, runs = 10 } = options;
  const init: number[] = [];
  const first: number[] = [];
  const warm: number[] = [];
  let error: string | undefined;
  for (let run = 0; run < runs; run++) {
    const runtime = await startLambdaRuntime({ folder: bundle, handler: BUNDLE_HANDLER, env });
    try {
      init.push(runtime.initMs);
      const result = await runtime.invoke(event);
      first.push(result.durationMs);
      if (result.functionError) error = result.payload.toString();
      for (let call = 0; call < WARM_CALLS; call++) warm.push((await runtime.invoke(event)).durationMs);
    } finally {
      await runtime.stop();
    }
  }
  const { size } = statSync(join(bundle, BUNDLE_FILE));
  return { bytes: size, initMs: median(init), firstCallMs: median(first), warmCallMs: median(warm), error };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A deployment that no function looks at before its first call, which `{}` ends before it comes to a store. */
const NOWHERE = {
  STRATALOG_TABLE: 'bench',
  STRATALOG_ZONES: 'a=bench',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
};

/** The functions that somebody waits for; nobody waits for the start of a scheduled job. */
const CALLED = ['http', 'produce', 'fetch'] as const satisfies readonly FunctionName[];

if (process.argv[1] === import.meta.filename) {
  const folder = resolve(process.argv[2] ?? defaultBundleFolder());
  for (const name of CALLED) {
    const result = await measureColdStart({ bundle: join(folder, name), event: {}, env: NOWHERE });
    const times = `init ${result.initMs.toFixed(0)} ms, first call ${result.firstCallMs.toFixed(1)} ms, warm ${result.warmCallMs.toFixed(1)} ms`;
    const failed = result.error === undefined ? '' : ` (calls failed: ${result.error.slice(0, 200)})`;
    console.log(`${name}: ${Math.round(result.bytes / 1000)} kB, ${times}${failed}`);
  }
}
