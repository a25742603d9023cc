import { describe, expect, it } from 'vitest';
import { createTelemetry } from '../../../lib/runtime/telemetry.ts';

describe('the telemetry of a process', () => {
  it('shows counters, distributions and gauges as Prometheus text', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    telemetry.count('appends_total', 2, { topic: 'a' });
    telemetry.count('appends_total', 3, { topic: 'a' });
    telemetry.observe('flush_seconds', 0.002);
    telemetry.observe('flush_bytes', 2_000);
    telemetry.gauge('in_flight', 7);
    const { text, contentType } = await telemetry.metrics();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('stratalog_appends_total{topic="a"} 5');
    expect(text).toContain('stratalog_flush_seconds_bucket{le="0.0025"} 1');
    expect(text).toContain('stratalog_flush_seconds_bucket{le="0.001"} 0');
    expect(text).toContain('stratalog_flush_bytes_bucket{le="4096"} 1');
    expect(text).toContain('stratalog_in_flight 7');
  });

  it('counts on after it was asked, and shows a gauge as it was set last', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    for (const value of [2, 3]) {
      telemetry.count('appends_total', value, { topic: 'a' });
      telemetry.gauge('in_flight', value);
      await telemetry.metrics();
    }
    const { text } = await telemetry.metrics();
    expect(text).toContain('stratalog_appends_total{topic="a"} 5');
    expect(text).toContain('stratalog_in_flight 3');
  });

  it('bounds the label sets of a metric, and counts the rest together', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    for (let i = 0; i < 1_500; i++) telemetry.count('bytes_total', 1, { topic: `t${i}` });
    telemetry.count('bytes_total', 1, { topic: 't3' });
    const { text } = await telemetry.metrics();
    expect(text.match(/^stratalog_bytes_total\{/gm)).toHaveLength(1_001);
    expect(text).toContain('stratalog_bytes_total{topic="other"} 500');
    expect(text).toContain('stratalog_bytes_total{topic="t3"} 2');
  });

  it('counts whoever is called so with the rest, and tells no label set twice', async () => {
    const telemetry = createTelemetry({ processMetrics: false });
    for (const topic of ['other', ...Array.from({ length: 1_200 }, (_, i) => `t${i}`)]) {
      telemetry.count('bytes_total', 1, { topic });
      telemetry.observe('flush_seconds', 1, { topic });
      telemetry.gauge('in_flight', 1, { topic });
    }
    const { text } = await telemetry.metrics();
    expect(text.match(/^stratalog_bytes_total\{/gm)).toHaveLength(1_000);
    expect(text).toContain('stratalog_bytes_total{topic="other"} 202');
    expect(text.match(/^stratalog_flush_seconds_count\{/gm)).toHaveLength(1_000);
    expect(text.match(/^stratalog_flush_seconds_count\{topic="other"\} 202$/gm)).toHaveLength(1);
    const told = text.split('\n').flatMap((line) => /^(stratalog_\S+\}) /.exec(line)?.[1] ?? []);
    expect(new Set(told).size).toBe(told.length);
  });

  it('tells of the process itself unless told not to', async () => {
    expect((await createTelemetry().metrics()).text).toContain('stratalog_process_resident_memory_bytes');
    expect((await createTelemetry({ processMetrics: false }).metrics()).text.trim()).toBe('');
  });

  it('writes lines of JSON at and above its level', () => {
    const lines: string[] = [];
    const telemetry = createTelemetry({ level: 'warn', destination: { write: (line) => void lines.push(line) } });
    telemetry.log('info', 'not this');
    telemetry.log('error', 'this', { code: 'X' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 50, msg: 'this', code: 'X' }]);
  });
});
