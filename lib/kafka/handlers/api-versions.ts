import { ADVERTISED_APIS, advertisedApi } from '../api-versions.ts';
import { ERROR_NUMBERS, KAFKA_ERROR } from '../error-numbers.ts';
import type { KafkaHandler, KafkaHandlers } from '../handler.ts';
import type { ApiVersionsResponse } from '../messages/api-versions.ts';
import { CODECS } from '../messages/registry.ts';

/** A finalized feature with its level, e.g. `group.version` at 1; clients choose protocols by it (KIP-584). */
export interface Feature {
  readonly name: string;
  /** At least 1: a feature at level 0 is one that is not there. */
  readonly level: number;
}

/** Names and versions of client software that are refused with INVALID_REQUEST otherwise (KIP-511). */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

/**
 * Answers which APIs the gateway has: those that have a handler, in the versions that are advertised. The features are
 * those that are finalized; they are in versions 3 and later.
 */
export function apiVersionsHandler(handlers: () => KafkaHandlers, features: readonly Feature[]): KafkaHandler<'ApiVersions'> {
  return async ({ client }, request, version) => {
    if (version >= 3) {
      const { clientSoftwareName, clientSoftwareVersion } = request;
      if (!SOFTWARE_NAME.test(clientSoftwareName) || !SOFTWARE_NAME.test(clientSoftwareVersion)) {
        return { errorCode: ERROR_NUMBERS.INVALID_REQUEST, apiKeys: [] };
      }
      client.softwareName = clientSoftwareName;
      client.softwareVersion = clientSoftwareVersion;
    }
    const present = handlers();
    const apis = ADVERTISED_APIS.filter(({ name }) => present[name] !== undefined);
    return {
      errorCode: KAFKA_ERROR.NONE,
      apiKeys: apis.map(({ apiKey, min, max }) => ({ apiKey, minVersion: min, maxVersion: max })),
      throttleTimeMs: 0,
      supportedFeatures: features.map(({ name, level }) => ({
        name,
        minVersion: version >= 4 ? 0 : Math.min(1, level),
        maxVersion: level,
      })),
      finalizedFeaturesEpoch: features.length === 0 ? -1 : 0,
      finalizedFeatures: features.map(({ name, level }) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    };
  };
}

/** What an ApiVersions request of an unknown version gets, in version 0: the versions of ApiVersions itself. */
export function unsupportedVersionResponse(): ApiVersionsResponse {
  const own = advertisedApi(CODECS.ApiVersions.apiKey);
  const apiKeys = own === undefined ? [] : [{ apiKey: own.apiKey, minVersion: own.min, maxVersion: own.max }];
  return { errorCode: KAFKA_ERROR.UNSUPPORTED_VERSION, apiKeys };
}
