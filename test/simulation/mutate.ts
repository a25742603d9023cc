/**
 * Loads the project with one defect: `node --import ./test/simulation/mutate.ts ...` with `MUTATION` naming it. The text
 * is changed on its way into the module loader; nothing is written.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MUTATIONS } from './mutations.ts';

const ROOT = new URL('../../', import.meta.url);
const mutation = MUTATIONS.find(({ name }) => name === process.env.MUTATION);
if (mutation === undefined) throw new Error(`no mutation is named ${process.env.MUTATION}`);
const target = new URL(mutation.file, pathToFileURL(ROOT.pathname)).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== target || loaded.source === undefined || loaded.source === null) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    if (text.split(mutation.find).length !== 2) throw new Error(`the text of "${mutation.name}" does not stand once in ${mutation.file}`);
    return { ...loaded, source: text.replace(mutation.find, () => mutation.replace) };
  },
});
