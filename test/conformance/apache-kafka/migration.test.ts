/** Apache Kafka's own consumers, one after the other, from the classic to the consumer protocol and back, while records come. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startStratalog } from '../../../lib/runtime/testing.ts';
import { waitFor } from '../../integration/emulators/child-process.ts';
import { RawClient } from '../../unit/kafka/client.ts';
import { batchOf, produce } from '../../unit/kafka/gateway.ts';
import { type Verifiable, verifiable } from './verifiable.ts';

const PARTITIONS = 6;
const TOPIC = 'rolled';
const PRODUCE_EVERY_MS = 10;
/** Generous: several Java processes start, one after the other. */
const WITHIN_MS = 180_000;

/** What a consumer has consumed: from offset to offset of a partition. */
interface Consumed {
  readonly partition: number;
  readonly minOffset: number;
  readonly maxOffset: number;
}

function consumedBy(member: Verifiable): readonly Consumed[] {
  return member.lines().flatMap(({ name, partitions }) => (name === 'records_consumed' ? (partitions as Consumed[]) : []));
}

/** Each offset of each partition that is missing, and how many were consumed more than once. */
function account(members: readonly Verifiable[], ends: readonly number[]) {
  const seen = ends.map((end) => new Uint8Array(end));
  for (const { partition, minOffset, maxOffset } of members.flatMap(consumedBy)) {
    for (let offset = minOffset; offset <= maxOffset; offset++)
      (seen[partition] as Uint8Array)[offset] = ((seen[partition] as Uint8Array)[offset] ?? 0) + 1;
  }
  const missing = seen.flatMap((counts, partition) =>
    [...counts].flatMap((count, offset) => (count === 0 ? [`${partition}:${offset}`] : [])),
  );
  const twice = seen.reduce((sum, counts) => sum + counts.filter((count) => count > 1).length, 0);
  return { missing, twice };
}

async function scratchFile(lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stratalog-migration-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'client.properties');
  await writeFile(file, lines.join('\n'));
  return file;
}

describe("Apache Kafka's consumers that go over one by one", () => {
  it.each(['RangeAssignor', 'CooperativeStickyAssignor'])(
    'consume every record, there and back (%s)',
    async (strategy) => {
      const broker = await startStratalog({ topics: [{ name: TOPIC, partitions: PARTITIONS }] });
      onTestFinished(() => broker.close());
      const client = await RawClient.connect(broker.kafka.port);
      onTestFinished(() => client.close());
      const producing = produceUntilTold(broker.kafka.port);
      onTestFinished(() => producing.stop().then(() => undefined));
      const quick = await scratchFile(['heartbeat.interval.ms=300', 'session.timeout.ms=10000']);
      const common = ['--bootstrap-server', broker.brokers, '--topic', TOPIC, '--group-id', 'g', '--reset-policy', 'earliest'];
      const members: Verifiable[] = [];
      const start = async (protocol: 'classic' | 'consumer') => {
        const own =
          protocol === 'classic'
            ? ['--assignment-strategy', `org.apache.kafka.clients.consumer.${strategy}`, '--command-config', quick]
            : [];
        const member = await verifiable('VerifiableConsumer', [...common, '--group-protocol', protocol, ...own], 96);
        members.push(member);
        await waitFor(`a ${protocol} member to consume`, WITHIN_MS, () => consumedBy(member).length > 0);
        return member;
      };
      const typeOfGroup = async () => (await client.call('ListGroups', 5, {})).groups[0]?.groupType;
      /** Every partition gets on, by whoever has it now. */
      const getOn = async () => {
        const from = await endsOf(client);
        await waitFor('all partitions to get on', WITHIN_MS, () => account(members, from).missing.length === 0);
      };
      let running = [await start('classic'), await start('classic')];
      const types = [await typeOfGroup()];
      for (const protocol of ['consumer', 'classic'] as const) {
        const next: Verifiable[] = [];
        for (const old of running) {
          next.push(await start(protocol));
          types.push(await typeOfGroup());
          await getOn();
          await old.stop();
          await getOn();
          types.push(await typeOfGroup());
        }
        running = next;
      }
      const sent = await producing.stop();
      await waitFor('all records to be consumed', WITHIN_MS, () => account(members, sent).missing.length === 0);
      for (const member of running) await member.stop();
      const { missing, twice } = account(members, sent);
      const total = sent.reduce((sum, end) => sum + end, 0);
      const failed = members.flatMap((member) =>
        member.lines().filter(({ name, success }) => name === 'offsets_committed' && success === false),
      );
      console.log(`${strategy}: ${total} records, ${missing.length} lost, ${twice} consumed twice, ${failed.length} commits refused`);
      expect(missing).toEqual([]);
      expect(types).toEqual(['classic', ...Array(7).fill('consumer'), 'classic']);
      // Every member that leaves has committed what it has consumed; only a commit that a rebalance overtakes is repeated.
      expect(twice).toBeLessThan(total / 10);
    },
    300_000,
  );
});

async function endsOf(client: RawClient): Promise<readonly number[]> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1 }));
  const { topics } = await client.call('ListOffsets', 4, { replicaId: -1, topics: [{ name: TOPIC, partitions }] });
  return (topics[0]?.partitions ?? []).toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ offset }) => Number(offset));
}

/** Produces to all partitions in turn; `stop` answers where each ends. */
function produceUntilTold(port: number) {
  const stopping = new AbortController();
  const done = (async () => {
    const client = await RawClient.connect(port);
    for (let n = 0; !stopping.signal.aborted; n++) {
      const answer = await produce(client, TOPIC, batchOf([`record ${n}`]), { partition: n % PARTITIONS });
      if (answer.errorCode !== 0) throw new Error(`record ${n} was refused: ${answer.errorCode}`);
      await new Promise((resolve) => setTimeout(resolve, PRODUCE_EVERY_MS));
    }
    const ends = await endsOf(client);
    client.close();
    return ends;
  })();
  return {
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}
