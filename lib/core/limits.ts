/** Every limit as a named constant with its reason. Sizes in bytes, times in milliseconds. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Kafka's rule for topic names (`Topic.MAX_NAME_LENGTH`). */
export const TOPIC_NAME_LENGTH_MAX = 249;
/** A table query for a topic's partitions and a gateway's metadata answer stay affordable up to here. */
export const PARTITIONS_PER_TOPIC_MAX = 10_000;
/** Kafka's default `num.partitions`. */
export const PARTITIONS_DEFAULT = 1;

/** Kafka remembers five batches a producer, which is the most a client may have in flight (`NUM_BATCHES_TO_RETAIN`). */
export const PRODUCER_BATCHES_KEPT = 5;
/** Bytes of settings that a deployment keeps for one owner: a row, read again whenever a topic changes. */
export const KEPT_SETTINGS_BYTES_MAX = 64 * 1024;
/** Kafka's `producer.id.expiration.ms`: a producer silent for a day is forgotten. */
export const PRODUCER_EXPIRY_MS = 24 * 60 * 60 * 1000;
/** Producer ids are taken from the table in blocks, one write a thousand producers. */
export const PRODUCER_ID_BLOCK = 1_000;

/** Entries after which the tail is rolled to a page: 12 keep a lease record under 1 KB, one DynamoDB write unit. */
export const TAIL_ENTRIES_ROLL = 12;
/** Entries past which a grant is refused until somebody rolls: they keep the record under 4 KB. */
export const TAIL_ENTRIES_MAX = 28;
/** Producers kept in a lease record; at 135 bytes each, 16 of them and a full tail stay under 4 KB. */
export const LEASE_PRODUCERS_MAX = 16;
/** Embedded, a larger record costs no money: 64 producers stay within a few pages of SQLite. */
export const LEASE_PRODUCERS_MAX_EMBEDDED = 64;

/** A segment below this many bytes is an item in DynamoDB: at 1 write unit a KB it costs less than one PUT ($5 a million). */
export const INLINE_SEGMENT_BYTES_MAX = 8 * KIB;
/** Embedded, a segment of up to this many bytes is a row (one sync with its grant) or part of a volume; larger ones are files. */
export const INLINE_SEGMENT_BYTES_MAX_EMBEDDED = 16 * MIB;
/** Up to this many bytes a row, which is written twice and page by page, costs less than a sync of its own in a volume. */
export const ROW_SEGMENT_BYTES_MAX = 32 * KIB;
/** A flush is cut at this many bytes: large enough that a PUT's price vanishes, small enough for one range read. */
export const SEGMENT_TARGET_BYTES = 8 * MIB;
/** Bytes of accepted, unanswered records in one process; past it producers are told to wait. */
export const APPEND_BUFFER_BYTES = 64 * MIB;
/** Uploads under way at once in one process. */
export const FLUSHES_IN_FLIGHT_MAX = 4;
/** The same to an object store: an upload of 45 ms begun every 6 ms keeps nobody waiting for the one before. */
export const FLUSHES_IN_FLIGHT_S3 = 8;
/** Kafka's `request.timeout.ms` of a producer: how long an append may wait for its answer. */
export const APPEND_TIMEOUT_MS = 30_000;
/** Bytes of segments kept in memory for readers, where a read is a request. */
export const READ_CACHE_BYTES = 64 * MIB;
/** The same where a read finds them in the system's page cache: for readers at the very end. Memory that is used again at once is the quickest. */
export const READ_CACHE_BYTES_EMBEDDED = 8 * MIB;

/** Kafka's `max.message.bytes` default: 1 MiB and the 12 bytes before the batch's length ends. */
export const MESSAGE_BYTES_DEFAULT = 1_048_588;
/** One request never carries a batch above this, whatever `max.message.bytes` says (a segment position is an int32). */
export const MESSAGE_BYTES_MAX = 100 * MIB;
/** A batch may inflate to at most this many times the topic's `max.message.bytes`, and never below 16 MiB. */
export const DECOMPRESSION_RATIO_MAX = 16;
export const DECOMPRESSED_BYTES_MIN = 16 * MIB;

/** Kafka's `fetch.max.bytes` of a consumer. */
export const FETCH_BYTES_DEFAULT = 50 * MIB;
/** The longest a fetch may wait for records. */
export const FETCH_WAIT_MS_MAX = 5 * 60 * 1000;

/** Kafka's `offset.metadata.max.bytes`. */
export const OFFSET_METADATA_BYTES_MAX = 4_096;
/** Group ids share the topic's limit on length, so that both fit a key. */
export const GROUP_ID_LENGTH_MAX = 255;
/** Nobody raises a floor above the store's time less this, so that a fast clock cannot lock everybody out. */
export const FLOOR_LAG_MS = 15 * 60 * 1000;

/** HTTP bodies that are read whole (JSON, raw batches): 32 MiB hold the largest batches clients send many times over. */
export const HTTP_BODY_BYTES_MAX = 32 * MIB;
/** Bytes of request bodies held by all HTTP requests of a process together; past it callers get 429. */
export const HTTP_BODIES_BYTES_MAX = 128 * MIB;
/** Records in one JSON body; more travel as NDJSON, which has no limit. */
export const HTTP_RECORDS_MAX = 10_000;
/** One line of NDJSON: a record of the default `max.message.bytes` in base64 or with every character escaped fits. */
export const HTTP_LINE_BYTES_MAX = 8 * MIB;
/** Bytes that a JSON or raw read answers unless asked for more; at most `FETCH_BYTES_DEFAULT`. */
export const HTTP_READ_BYTES_DEFAULT = MIB;
/** Most records in one JSON answer; a record of few bytes grows some tenfold as JSON. */
export const HTTP_READ_RECORDS_MAX = 100_000;
/** A body that is read whole must have arrived after this long, so that a slow client cannot hold memory. */
export const HTTP_BODY_TIMEOUT_MS = 30_000;
/** A stream whose client neither sends nor takes anything for this long is ended. */
export const HTTP_STALL_TIMEOUT_MS = 60_000;
/** Silence after which an event stream sends a comment: proxies close idle connections after 30 s or more. */
export const HTTP_KEEP_ALIVE_MS = 15_000;
/** Requests under way in one process; past it callers get 429. Long polls and streams count. */
export const HTTP_REQUESTS_IN_FLIGHT_MAX = 10_000;
/** Deeper JSON is refused before it can exhaust the stack. */
export const JSON_DEPTH_MAX = 200;
/** Headers of one record given as JSON. Kafka has no limit but the batch's; this bounds the work a small text can cause. */
export const HEADERS_PER_RECORD_MAX = 1_000;
/** Topics on one page of the list. */
export const HTTP_PAGE_MAX = 1_000;

/** What the records of one batch may inflate to, given the topic's `max.message.bytes`. */
export function decompressedBytesMax(maxMessageBytes: number): number {
  return Math.max(DECOMPRESSED_BYTES_MIN, maxMessageBytes * DECOMPRESSION_RATIO_MAX);
}

/** Ids of members and instances; Kafka's clients use 36 to about 100 characters. */
export const GROUP_MEMBER_ID_LENGTH_MAX = 255;
/** Neighbouring partitions whose offsets share an item: 32 entries of 30 bytes fit one write unit. */
export const GROUP_OFFSETS_PER_BLOCK = 32;
/** Kafka's `group.consumer.heartbeat.interval.ms`. */
export const GROUP_HEARTBEAT_INTERVAL_MS = 5_000;
/** The same where each heartbeat is a call of a function that is paid for: a third of the usual session. */
export const GROUP_HEARTBEAT_INTERVAL_FUNCTION_MS = 15_000;
/** Kafka's `group.consumer.session.timeout.ms`. */
export const GROUP_SESSION_TIMEOUT_MS = 45_000;
/** Kafka's `group.min.session.timeout.ms` of classic groups; below it a pause of the runtime looks like a crash. */
export const GROUP_SESSION_TIMEOUT_MS_MIN = 1_000;
/** Kafka's `group.max.session.timeout.ms` of classic groups. */
export const GROUP_SESSION_TIMEOUT_MS_MAX = 30 * 60 * 1000;
/** Kafka's `max.poll.interval.ms`, which KIP-848 sends as the rebalance timeout: how long a member may take to give partitions up. */
export const GROUP_REBALANCE_TIMEOUT_MS = 5 * 60 * 1000;
/** Members of one group: a step of the coordinator reads and may write every one of them. */
export const GROUP_MEMBERS_MAX = 1_000;
/** Topics a member may name; more are better said with a pattern. */
export const GROUP_TOPICS_PER_MEMBER_MAX = 1_000;
/** Characters of a pattern; the matcher's work is this times the length of a topic name. */
export const GROUP_PATTERN_LENGTH_MAX = 256;
/** Partitions in one commit: every block of the largest topic. */
export const GROUP_COMMIT_PARTITIONS_MAX = 10_000;
/** Kafka's `offsets.retention.minutes` of seven days. */
export const GROUP_OFFSETS_RETENTION_MS = 7 * 24 * 60 * 60 * 1000;
/** Between two looks for expired offsets: Kafka's `offsets.retention.check.interval.ms`. */
export const GROUP_SWEEP_INTERVAL_MS = 10 * 60 * 1000;
/** Partitions of one process's groups that have a time series each; those past it count in their topic's sum alone. */
export const GROUP_LAG_SERIES_MAX = 500;
/** Partitions of a group whose next record's age is looked up for metrics, those with the most lag; one GET each. */
export const GROUP_LAG_TIMES_MAX = 16;
/** How long a work lease holds without being renewed: it is renewed at a third, every 15 s. */
export const WORK_LEASE_MS = 45_000;
/** Shards of work: leases and marks of work to do. */
export const WORK_SHARDS = 64;
/** Samples a partition's sliding window keeps, as Burrow's default `intervals`. */
export const LAG_WINDOW_SAMPLES = 10;
/** Samples from which it is told whether lag falls and offsets move: two are one step, which any pause makes look bad. */
export const LAG_SAMPLES_MIN = 3;
/** Older samples leave the window as soon as newer ones are enough to tell: what was ten minutes ago is no news. */
export const LAG_WINDOW_MS = 10 * 60 * 1000;
/** Distance of two looks at the partitions of a group, the default auto commit interval of Kafka's clients: each look has a commit. */
export const GROUP_LAG_SAMPLE_MS = 5 * 1000;
/** The longest distance of two looks at the partitions of a group with members: what goes wrong shows in a few minutes. */
export const LAG_LOOK_MS_MAX = 60 * 1000;
/** The same for a group whose members are long gone: its lag grows, and nothing else can change. */
export const LAG_LOOK_EMPTY_MS_MAX = 5 * 60 * 1000;
/** Between two looks at the ages of next records for metrics: a look is up to `GROUP_LAG_TIMES_MAX` GETs a group. */
export const LAG_TIMES_MS = 30 * 1000;

/** Kafka's `socket.request.max.bytes`. */
export const SOCKET_REQUEST_BYTES_MAX = 100 * MIB;
/** Kafka's `connections.max.idle.ms`. */
export const CONNECTION_IDLE_MS = 10 * 60 * 1000;
/** Connections of one listener; an idle one costs about 10 KB. */
export const CONNECTIONS_MAX = 10_000;
/** Bytes of requests read and not answered over all connections: two of the largest, and very many of usual ones. */
export const QUEUED_REQUEST_BYTES_MAX = 256 * MIB;
/** Requests of one connection read and not answered. Clients with idempotence keep at most 5 in flight. */
export const PIPELINED_REQUESTS_MAX = 64;
/** Bytes of answers a client has not read, past which its next request waits: a slow reader holds this and one answer. */
export const UNREAD_RESPONSE_BYTES_MAX = MIB;
/**
 * Array elements of one request in all its arrays. An element of two bytes becomes an object of a hundred, so without
 * this a request of the permitted size takes fifty times its size in memory; the largest clusters have a fifth of it.
 */
export const REQUEST_ELEMENTS_MAX = 1_000_000;
/** Share of the append buffer from which producers are told to wait: those that pipeline fill the rest before they hear of it. */
export const PRODUCE_THROTTLE_FROM = 0.9;
/** What they are told, ms: the time in which a disk takes some ten megabytes, so that the buffer has room and is not empty. */
export const PRODUCE_THROTTLE_MS = 50;
/** The longest a connection is left unread because of a throttle time, so that a wrong one cannot silence a client. */
export const THROTTLE_MUTE_MS_MAX = 10_000;
/** Kafka's `max.incremental.fetch.session.cache.slots`: a session of 1,000 partitions takes some 200 KB. */
export const FETCH_SESSIONS_MAX = 1_000;
/** Kafka's `fetch.max.bytes` of a broker: no answer is longer, but for one batch that is. */
export const FETCH_ANSWER_BYTES_MAX = 55 * MIB;
/** A regional bucket keeps each object in three zones: topics may ask for as many replicas, however few gateways there are. */
export const REPLICATION_FACTOR_MAX = 3;

/** Entries of a partition that are merged into its first file: five rolls of a tail, so that a file is worth its PUT. */
export const MERGE_ENTRIES_MIN = 64;
/** Age after which small segments are merged however few they are, so that shared objects and rows can go. */
export const MERGE_AGE_MS = 10 * 60 * 1000;
/** Files below this size are never final: a partition that gets a record an hour gathers them, and rewriting them costs nothing. */
export const MERGE_FINAL_BYTES_MIN = 64 * KIB;
/** Files that merge and compaction aim at: Kafka's `segment.bytes`, and positions in its indexes are int32. */
export const MERGE_FILE_BYTES_MAX = 1024 * MIB;
/** Bytes of written segments that a merge holds at once: many partitions share one, and a function of 512 MB must hold them. */
export const MERGE_MEMORY_BYTES = 128 * MIB;
/** Parts of large objects: 64 to a GiB, and three in memory are a tenth of a small function's. */
export const UPLOAD_PART_BYTES = 16 * MIB;
/** Pages of one replacement: 50 fit a transaction, and the new page may be one more. */
export const MERGE_PAGES_MAX = 45;
/** Files of segments that become a final one: as many as can, since no byte is rewritten a third time. */
export const MERGE_FAN_IN = 45;
/** Kafka's `log.cleaner.dedupe.buffer.size`. */
export const COMPACTION_MEMORY_BYTES = 128 * MIB;
/** Age at which sweep looks at a segment: far above the time between an upload and its grant. */
export const SWEEP_AGE_MS = 60 * 60 * 1000;
/** Between finding an object unnamed and deleting it: every query that began before has long ended. */
export const DELETE_DELAY_MS = 60 * 1000;
/** How long a replaced page keeps its place: longer than a process that put pages may have been frozen. */
export const STUB_KEPT_MS = 24 * 60 * 60 * 1000;
/** Objects younger than this are left to the writer that is still copying them to other zones. */
export const REPLICATION_AGE_MS = 30 * 1000;
/** How long a gateway is named to clients after it was last heard of; it reports at a third of it. */
export const GATEWAY_LEASE_MS = 15_000;
/** Gateways of one deployment: each holds one of as many places. */
export const GATEWAYS_MAX = 64;

/** Lambda's 6 MB for a synchronous call and its answer, as bytes before base64 adds a third, less room for the headers. */
export const LAMBDA_PAYLOAD_BYTES_MAX = 4_400_000;
/** Bytes of records in an answer of a function, so that a batch that goes past it still fits. */
export const LAMBDA_ANSWER_BYTES_MAX = 3 * MIB;
