import { describe, expect, it } from 'vitest';
import { flagOf, readServeSettings, SERVE_SETTING_NAMES, variableOf } from '../../../lib/config/serve-settings.ts';

describe('serve settings', () => {
  it('have defaults and are frozen', () => {
    const settings = readServeSettings({}, {});
    expect(settings).toMatchObject({
      data: './data',
      http: { host: '127.0.0.1', port: 8080 },
      kafka: { host: '127.0.0.1', port: 9092 },
      logLevel: 'info',
      corsOrigins: [],
    });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.http)).toBe(true);
  });

  it('take a flag before its variable and a variable before the default', () => {
    const environment = { STRATALOG_HTTP: '0.0.0.0:1', STRATALOG_LOG_LEVEL: 'warn', PATH: '/bin' };
    const settings = readServeSettings({ http: '[::1]:2' }, environment);
    expect(settings.http).toEqual({ host: '::1', port: 2 });
    expect(settings.logLevel).toBe('warn');
  });

  it('turn the Kafka door off by name', () => {
    expect(readServeSettings({ kafka: 'off' }, {}).kafka).toBeNull();
  });

  it('name each setting as a flag and as a variable', () => {
    expect(flagOf('httpBodyBytes')).toBe('--http-body-bytes');
    expect(variableOf('httpBodyBytes')).toBe('STRATALOG_HTTP_BODY_BYTES');
    expect(new Set(SERVE_SETTING_NAMES.map(variableOf)).size).toBe(SERVE_SETTING_NAMES.length);
  });

  it.each([
    [{ appendBufferBytes: '5' }, {}, { field: '--append-buffer-bytes', value: '5', limit: 1024 * 1024 }],
    [{}, { STRATALOG_APPEND_TIMEOUT_MS: '9999999' }, { field: 'STRATALOG_APPEND_TIMEOUT_MS', value: '9999999', limit: 600_000 }],
    [{ http: 'nowhere' }, {}, { field: '--http', value: 'nowhere' }],
    [{ http: '127.0.0.1:70000' }, {}, { field: '--http', value: '127.0.0.1:70000' }],
    [{ kafka: '127.0.0.1' }, {}, { field: '--kafka', value: '127.0.0.1' }],
    [{ groupMigration: 'always' }, {}, { field: '--group-migration', value: 'always' }],
    [{ logLevel: 'loud' }, {}, { field: '--log-level', value: 'loud' }],
    [{ colour: 'red' }, {}, { field: 'colour', value: 'red' }],
    [{}, { STRATALOG_HTPP: 'x' }, { field: 'STRATALOG_HTPP' }],
  ])('refuse %j %j with the name, the value and the bound', (flags, environment, details) => {
    expect(() => readServeSettings(flags, environment)).toThrowError(
      expect.objectContaining({ code: 'INVALID_CONFIG', details: expect.objectContaining(details) }),
    );
  });
});
