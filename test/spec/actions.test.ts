import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACTIONS, ACTIONS_WITHOUT_CODE } from './actions.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe('the actions of the specification', () => {
  it('are all named in the table, and no others', () => {
    const text = readFileSync(join(import.meta.dirname, 'Stratalog.tla'), 'utf8');
    const next = text.slice(text.indexOf('\nNext =='), text.indexOf('\nSpec =='));
    const actions = new Set(
      [...next.replaceAll('Len(', '').matchAll(/\b([A-Z][a-z]+[A-Za-z]*)\((?=[a-z])|\b(Read[A-Z]\w+)\b/g)].map(
        (match) => match[1] ?? match[2],
      ),
    );
    const named = [...ACTIONS.map(({ action }) => action), ...ACTIONS_WITHOUT_CODE];
    expect(new Set(named)).toEqual(actions);
  });

  it.for(ACTIONS)('$action is done by $does in $file', ({ file, does }) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const name = does.replace('#', '\\#');
    expect(text).toMatch(new RegExp(`(^(export )?(async )?function ${name}\\b|^ {2}(async )?\\*?${name}\\()`, 'm'));
  });
});
