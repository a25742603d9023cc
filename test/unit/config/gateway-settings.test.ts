import { describe, expect, it } from 'vitest';
import { readGatewaySettings } from '../../../lib/config/gateway-settings.ts';

const environment = { STRATALOG_TABLE: 'log', STRATALOG_ZONES: 'a=bucket-a,b=bucket-b' };

describe('settings of a gateway', () => {
  it('come from flags and from the variables of the deployment', () => {
    const settings = readGatewaySettings(
      { kafka: '0.0.0.0:9093', advertised: 'kafka.example.org:9092', rack: 'a', logLevel: 'warn' },
      environment,
    );
    expect(settings).toEqual({
      kafka: { host: '0.0.0.0', port: 9093 },
      advertised: { host: 'kafka.example.org', port: 9092 },
      rack: 'a',
      logLevel: 'warn',
      table: 'log',
      zones: [
        { id: 'a', bucket: 'bucket-a' },
        { id: 'b', bucket: 'bucket-b' },
      ],
    });
    expect(readGatewaySettings({}, environment)).toMatchObject({
      kafka: { host: '127.0.0.1', port: 9092 },
      advertised: undefined,
      logLevel: 'info',
    });
  });

  it.each([
    [{}, {}, 'STRATALOG_TABLE'],
    [{}, { STRATALOG_TABLE: 'log' }, 'STRATALOG_ZONES'],
    [{ kafka: 'nowhere' }, environment, '--kafka'],
    [{ kafka: 'h:0' }, environment, '--kafka'],
    [{ advertised: 'h:99999' }, environment, '--advertised'],
    [{ logLevel: 'loud' }, environment, '--log-level'],
  ])('are refused with the name of what is wrong: %j %j', (flags, variables, field) => {
    expect(() => readGatewaySettings(flags, variables)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', details: expect.objectContaining({ field }) }),
    );
  });
});
