import { describe, expect, it } from 'vitest';
import { readGatewaySettings } from '../../../lib/config/gateway-settings.ts';

const environment = { STRATALOG_TABLE: 'log', STRATALOG_ZONES: 'a=bucket-a,b=bucket-b' };

describe('settings of a gateway', () => {
  it('come from flags and from the variables of the deployment', () => {
    const backend = readGatewaySettings(
      { kafka: '0.0.0.0:9093', advertised: 'kafka.example.org:9092', rack: 'a', logLevel: 'warn' },
      { ...environment, STRATALOG_DEFAULT_PARTITIONS: '3' },
    );
    expect(backend).toMatchObject({
      kind: 'deployment',
      settings: {
        kafka: { host: '0.0.0.0', port: 9093 },
        http: null,
        advertised: { host: 'kafka.example.org', port: 9092 },
        rack: 'a',
        logLevel: 'warn',
        defaultPartitions: 3,
        table: 'log',
        zones: [
          { id: 'a', bucket: 'bucket-a' },
          { id: 'b', bucket: 'bucket-b' },
        ],
      },
    });
  });

  it('listen on the loopback address and without HTTP unless they are told otherwise', () => {
    const kafka = { host: '127.0.0.1', port: 9092 };
    expect(readGatewaySettings({}, environment).settings).toMatchObject({ kafka, http: null, advertised: undefined, logLevel: 'info' });
    expect(readGatewaySettings({ http: '127.0.0.1:81' }, environment).settings.http).toEqual({ host: '127.0.0.1', port: 81 });
    expect(readGatewaySettings({}, { ...environment, STRATALOG_HTTP: '127.0.0.1:82' }).settings.http?.port).toBe(82);
  });

  it('name a folder instead of a deployment', () => {
    for (const [flags, variables] of [
      [{ data: '/d', kafka: '127.0.0.1:0' }, {}],
      [{ kafka: '127.0.0.1:0' }, { STRATALOG_DATA: '/d' }],
    ] as const) {
      const backend = readGatewaySettings(flags, variables);
      expect(backend).toMatchObject({ kind: 'folder', settings: { data: '/d', http: null, kafka: { port: 0 } } });
    }
  });

  it.each([
    [{}, {}, 'STRATALOG_TABLE'],
    [{}, { STRATALOG_TABLE: 'log' }, 'STRATALOG_ZONES'],
    [{ kafka: 'nowhere' }, environment, '--kafka'],
    [{ kafka: 'h:0' }, environment, '--kafka'],
    [{ kafka: 'off' }, environment, '--kafka'],
    [{ kafka: 'off', data: '/d' }, {}, '--kafka'],
    [{ kafka: '0.0.0.0:9092' }, environment, '--kafka'],
    [{ advertised: 'h:99999' }, environment, '--advertised'],
    [{ advertised: '0.0.0.0:9092' }, environment, '--advertised'],
    [{ logLevel: 'loud' }, environment, '--log-level'],
  ])('are refused with the name of what is wrong: %j %j', (flags, variables, field) => {
    expect(() => readGatewaySettings(flags, variables)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG', details: expect.objectContaining({ field }) }),
    );
  });
});
