import { describe, expect, it } from 'vitest';
import type { KafkaHandlers, RequestContext } from '../../../../lib/kafka/handler.ts';
import { apiVersionsHandler, unsupportedVersionResponse } from '../../../../lib/kafka/handlers/api-versions.ts';

const handlers: KafkaHandlers = { Heartbeat: async () => ({ errorCode: 0 }), Produce: async () => null };
const handler = apiVersionsHandler(() => handlers, [{ name: 'group.version', level: 1 }]);

function context(): RequestContext {
  const client = { host: '', softwareName: '', softwareVersion: '' };
  return { connectionId: 1, listener: 'PLAINTEXT', clientId: null, client, signal: new AbortController().signal, onSent: () => {} };
}

describe('the ApiVersions handler', () => {
  it('names the APIs that have a handler, and the features', async () => {
    const response = await handler(context(), { clientSoftwareName: 'kafka-java', clientSoftwareVersion: '4.1.0' }, 4);
    expect(response).toMatchObject({
      errorCode: 0,
      apiKeys: [
        { apiKey: 0, minVersion: 0, maxVersion: 11 },
        { apiKey: 12, minVersion: 0, maxVersion: 4 },
      ],
      supportedFeatures: [{ name: 'group.version', minVersion: 0, maxVersion: 1 }],
      finalizedFeatures: [{ name: 'group.version', maxVersionLevel: 1, minVersionLevel: 1 }],
    });
  });

  it('remembers the software of the client and refuses names that are none', async () => {
    const known = context();
    const request = { clientSoftwareName: 'librdkafka', clientSoftwareVersion: '2.0.2' };
    await handler(known, request, 3);
    expect(known.client).toEqual({ host: '', softwareName: 'librdkafka', softwareVersion: '2.0.2' });
    expect(await handler(context(), { ...request, clientSoftwareName: '-bad-' }, 3)).toMatchObject({ errorCode: 42 });
    expect(await handler(context(), { ...request, clientSoftwareName: '' }, 2)).toMatchObject({ errorCode: 0 });
  });

  it('answers an unknown version with its own versions', () => {
    expect(unsupportedVersionResponse()).toEqual({ errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] });
  });
});
