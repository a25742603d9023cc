/** What the tests need on a machine, by what needs it. */
import type { Need } from './installation.ts';

const COMPILER: readonly Need[] = [
  ...['gcc', 'g++', 'make', 'python3'].map((name) => ({ command: name, debian: 'build-essential python3' })),
  { header: 'zlib.h', debian: 'zlib1g-dev' },
  { command: 'npm', get: 'comes with Node.js' },
];

const APACHE_KAFKA: readonly Need[] = [
  { command: 'java', debian: 'default-jre-headless' },
  { command: 'mvn', debian: 'maven' },
];

const LIBRDKAFKA_HEADERS = ['openssl/ssl.h', 'sasl/sasl.h', 'curl/curl.h', 'zstd.h', 'lz4.h', 'rapidjson/document.h'];
const LIBRDKAFKA_PACKAGES = 'libssl-dev libsasl2-dev libcurl4-openssl-dev libzstd-dev liblz4-dev rapidjson-dev';

export const NEEDS = {
  kcat: [{ command: 'kcat', debian: 'kcat' }],
  apacheKafka: APACHE_KAFKA,
  nodeRdkafka: COMPILER,
  // Some of its tests call Apache Kafka's own tools.
  librdkafka: [
    ...COMPILER,
    { command: 'perl', debian: 'perl' },
    ...LIBRDKAFKA_HEADERS.map((header) => ({ header, debian: LIBRDKAFKA_PACKAGES })),
    ...APACHE_KAFKA,
  ],
  franzGo: [{ command: 'go', get: 'Go 1.26 or later: https://go.dev/dl, or apt-get install golang' }],
} as const satisfies Record<string, readonly Need[]>;
