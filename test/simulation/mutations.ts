/**
 * Defects that the simulation must find. Each is one change of the project's text, made while the module is loaded, so
 * the product has no switches. `find` must occur exactly once: a change of the code that makes a defect stale fails.
 */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'an attempt is decided anew without looking',
    file: 'lib/engine/partition-log.ts',
    find: 'const resolution = await this.#resolve(current, attempt);',
    replace: "const resolution: Resolution = 'dead' as Resolution;",
  },
  {
    name: 'the offset after an entry is one too small',
    file: 'lib/core/grant.ts',
    find: 'this.#next += batch.span;',
    replace: 'this.#next += Math.max(1, batch.span - 1);',
  },
  {
    name: 'a lost answer is taken for a grant',
    file: 'lib/engine/partition-log.ts',
    find: "if (outcome.kind === 'applied') {",
    replace: "if (outcome.kind === 'applied' || outcome.kind === 'unknown') {",
  },
  {
    name: 'the tail is cut before the page is put',
    file: 'lib/engine/partition-log.ts',
    find: 'const put = await this.#ports.pages.put(this.#key, page);',
    replace:
      'this.#cut = { tailBase: page.firstOffset, entries: page.entries.length };\n    const put = await this.#ports.pages.put(this.#key, page);',
  },
  {
    name: 'a producer moved out is not stored',
    file: 'lib/engine/partition-log.ts',
    find: 'if (decision.evicted.length > 0) await this.#ports.producers.put(this.#key, decision.evicted, record.version);',
    replace: '',
  },
  {
    name: 'a producer moved out is not looked for',
    file: 'lib/core/grant.ts',
    find: 'if (record.evictions === 0) return [];',
    replace: 'if (record.evictions >= 0) return [];',
  },
  {
    name: 'a repeated batch is appended again',
    file: 'lib/core/grant.ts',
    find: "if (decision.kind === 'duplicate') {",
    replace: "if (decision.kind === 'duplicate' && batch.records > 2) {",
  },
  {
    name: 'a gap in the sequence is not seen',
    file: 'lib/core/producer-state.ts',
    find: "return batch.baseSequence === expected ? { kind: 'append' } : outOfOrder(batch, expected);",
    replace: "return { kind: 'append' };",
  },
  {
    name: 'the log end is one too small',
    file: 'lib/engine/list-offset.ts',
    find: 'const end = request.isolation',
    replace: 'const end = record.next > 3 ? record.next - 1 : request.isolation',
  },
  {
    name: 'a roller believes its own page and not the one that is there',
    file: 'lib/engine/partition-log.ts',
    find: "const there = put.kind === 'created' ? page : put.page;",
    replace: 'const there: IndexPage = page;',
  },
  {
    name: 'a corrupt copy is given to readers',
    file: 'lib/engine/segment-storage.ts',
    find: 'if (bytes.length === length && valid(bytes)) return bytes;',
    replace: 'if (bytes.length === length) return bytes;',
  },
  {
    name: 'a cut is made wherever the tail begins',
    file: 'lib/core/grant.ts',
    find: 'tailBase(record) !== cut.tailBase) return record;',
    replace: 'tailBase(record) < cut.tailBase) return record;',
  },
];
