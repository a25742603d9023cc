import { StratalogError } from '../core/errors.ts';
import { GATEWAY_LEASE_MS, GATEWAYS_MAX } from '../core/limits.ts';
import type { EngineDeps } from '../engine/engine.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import type { KafkaLog } from './handler.ts';

/** The job whose shards are the places of gateways: place n is node n + 1. */
const GATEWAYS_JOB = 'gateways';
/** So many free places in a row end a look around: gateways take the first free one. */
const FREE_PLACES_END = 4;
const RACK_MARK = ' rack=';

type WorkStore = NonNullable<EngineDeps['work']>;
type Lease = NonNullable<Awaited<ReturnType<WorkStore['read']>>>;

export interface MembershipOptions {
  readonly clusterId: string;
  readonly work: WorkStore;
  readonly clock: EngineDeps['clock'];
  readonly log: KafkaLog;
  /** What clients are told to connect to. */
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/**
 * The gateways of a deployment, by work leases: each holds a place and looks who holds the others. A gateway that
 * restarts at the same address gets the place it had, and with it its node id.
 *
 * Nothing rests on it: a gateway that is named too long costs its clients one failed connection.
 * Cost: 1 write and a read a gateway every 5 s.
 */
export class GatewayMembership implements Cluster {
  readonly clusterId: string;
  readonly #options: MembershipOptions;
  readonly #closing = new AbortController();
  #lease: Lease;
  #nodes: readonly ClusterNode[] = [];
  /** Addresses of gateways that were there and are no more. */
  readonly #gone: Set<string>;
  #loop: Promise<void> | undefined;

  private constructor(options: MembershipOptions, lease: Lease, gone: Set<string>) {
    this.#gone = gone;
    this.clusterId = options.clusterId;
    this.#options = options;
    this.#lease = lease;
  }

  /** Takes a place. STORAGE_ERROR and its like of the store; INVALID_REQUEST when all places are taken. */
  static async join(options: MembershipOptions): Promise<GatewayMembership> {
    const gone = new Set<string>();
    const membership = new GatewayMembership(options, await takePlace(options, gone), gone);
    await membership.#lookAround();
    membership.#loop = membership.#stay();
    return membership;
  }

  self(): ClusterNode {
    const { host, port, rack } = this.#options;
    return { id: this.#lease.shard + 1, host, port, rack };
  }

  nodes(): readonly ClusterNode[] {
    return this.#nodes;
  }

  /** Whether a gateway at this address was there, and has neither renewed its place nor taken another. */
  isGone(address: string): boolean {
    return this.#gone.has(address);
  }

  /** Gives the place free, so that clients are told at once. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    await this.#options.work.release(this.#lease).catch(() => undefined);
  }

  async #stay(): Promise<void> {
    const { clock, work, log } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await clock.sleep(GATEWAY_LEASE_MS / 3, signal);
      if (signal.aborted) return;
      try {
        const outcome = await work.renew(this.#lease, clock.now() + GATEWAY_LEASE_MS);
        // It slept longer than the lease held, and another gateway has the place.
        if (outcome === 'lost') this.#lease = await takePlace(this.#options, this.#gone);
        await this.#lookAround();
      } catch (error) {
        log.warn('the gateways of the deployment could not be looked up', { error: String(error) });
      }
    }
  }

  async #lookAround(): Promise<void> {
    const { work, clock } = this.#options;
    const found: ClusterNode[] = [this.self()];
    let free = 0;
    for (let place = 0; place < GATEWAYS_MAX && free < FREE_PLACES_END; place++) {
      if (place === this.#lease.shard) continue;
      const lease = await work.read(GATEWAYS_JOB, place);
      const expired = lease === undefined || lease.expiresAtMs <= clock.now();
      const node = expired ? undefined : nodeOf(lease);
      if (expired && lease !== undefined) this.#gone.add(addressOf(lease.owner));
      if (node === undefined) free++;
      else {
        free = 0;
        found.push(node);
      }
    }
    for (const node of this.#nodes) this.#gone.add(`${node.host}:${node.port}`);
    for (const node of found) this.#gone.delete(`${node.host}:${node.port}`);
    this.#nodes = found.sort((a, b) => a.id - b.id);
  }
}

/** The place this address had, else the first that is free; who had it before is gone. */
async function takePlace({ work, clock, host, port, rack }: MembershipOptions, gone: Set<string>): Promise<Lease> {
  const owner = `${host}:${port}${rack === null ? '' : RACK_MARK + rack}`;
  const address = `${host}:${port}`;
  for (let place = 0; place < GATEWAYS_MAX; place++) {
    const lease = await work.read(GATEWAYS_JOB, place);
    const ours = lease !== undefined && addressOf(lease.owner) === address;
    if (lease !== undefined && !ours && lease.expiresAtMs > clock.now()) continue;
    const outcome = await work.acquire(GATEWAYS_JOB, place, owner, clock.now(), GATEWAY_LEASE_MS);
    if (outcome.kind !== 'held') continue;
    if (lease !== undefined && !ours) gone.add(addressOf(lease.owner));
    return outcome.lease;
  }
  throw new StratalogError('INVALID_REQUEST', `all ${GATEWAYS_MAX} places of gateways are taken`, { limit: GATEWAYS_MAX });
}

function addressOf(owner: string): string {
  return owner.split(RACK_MARK)[0] as string;
}

function nodeOf({ owner, shard }: Lease): ClusterNode | undefined {
  const [address = '', rack = null] = owner.split(RACK_MARK);
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  return colon <= 0 || !Number.isInteger(port) ? undefined : { id: shard + 1, host: address.slice(0, colon), port, rack };
}
