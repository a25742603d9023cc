/**
 * The broken rules of the specification and the invariant each must fell.
 *
 * A rule whose loss breaks nothing is either not needed or not checked; both are worth knowing.
 */
import type { Config, Variant } from './tlc.ts';

export interface SpecMutation extends Variant {
  readonly mutation: string;
  readonly config: Config;
  readonly falls: string;
  /** Found within seconds, so that every run of the tests can afford it. */
  readonly quick: boolean;
}

export const SPEC_MUTATIONS: readonly SpecMutation[] = [
  { mutation: 'a grant is not bound to a version', config: 'writepath', falls: 'GrantedOnce', quick: true },
  { mutation: 'a refusal is believed', config: 'writepath', falls: 'GrantedOnce', quick: true },
  { mutation: 'floor is not looked at', config: 'writepath', falls: 'NamedExists', quick: true },
  { mutation: 'sweep does not raise the floor', config: 'writepath', falls: 'NamedExists', quick: false },
  { mutation: 'sweep asks one partition only', config: 'writepath', falls: 'NamedExists', quick: false },
  { mutation: 'sweep reads pages before the tail', config: 'writepath', falls: 'NamedExists', quick: false },
  { mutation: 'roll is one transaction', config: 'writepath', falls: 'NamedExists', quick: false },
  { mutation: 'merge touches pages above the cut', config: 'merge', falls: 'NoPageReturns', quick: false },
  { mutation: 'merge does not check the pages', config: 'merge', falls: 'NamedExists', quick: true },
  { mutation: 'sweep does not fence a merge', config: 'merge', falls: 'NamedExists', quick: true },
  { mutation: 'merge leaves no stub', config: 'sleeper', falls: 'NoPageReturns', quick: true },
  { mutation: 'retention leaves no stub', config: 'sleeperretention', falls: 'NoPageReturns', quick: true },
  { mutation: 'retention does not check the page', config: 'merge', falls: 'Readable', quick: false },
  { mutation: 'a gap in the index is the end of the log', config: 'read', falls: 'ReaderIsRight', quick: false },
  {
    mutation: 'a reader looks again only once',
    config: 'read',
    falls: 'ReaderFinds',
    quick: false,
    constants: { WriterIds: '{1}', MergeIds: '{2, 3}' },
  },
  { mutation: 'sweep deletes at once', config: 'read', falls: 'ReaderFinds', quick: false },
];
