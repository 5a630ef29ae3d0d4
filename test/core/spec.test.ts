// SPEC.md and the tests name the same rules.
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const spec = readFileSync(join(root, 'src/core/SPEC.md'), 'utf8');
const rules = [...spec.matchAll(/^- \*\*([A-Z]+-\d+)\*\* (.*)$/gm)].map(match => ({ id: match[1], text: match[2] }));

/** Ids at the start of titles, by file. */
const titles = globSync(['test/**/*.test.ts', 'test/**/*.e2e.ts'], { cwd: root }).flatMap(file =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /\b(?:describe|it|test)\b(?:\.\w+(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?)*\(\s*['"`]([A-Z]+-\d+) /g,
    ),
  ].map(match => ({ file, id: match[1] })),
);

describe('the specification', () => {
  it('has rules in words, each id once, each family numbered without gaps', () => {
    expect(rules.length).toBeGreaterThan(50);
    expect(new Set(rules.map(rule => rule.id)).size).toBe(rules.length);
    for (const { text } of rules) expect(text.length).toBeGreaterThan(20);
    const families: Record<string, number[]> = {};
    for (const [family, number] of rules.map(rule => rule.id.split('-')))
      (families[family] ??= []).push(Number(number));
    for (const [family, numbers] of Object.entries(families))
      expect(numbers, family).toEqual(numbers.map((_, i) => i + 1));
  });
  it('every rule has a test', () => {
    const tested = new Set(titles.map(title => title.id));
    expect(rules.map(rule => rule.id).filter(id => !tested.has(id))).toEqual([]);
  });
  it('no title names a rule that is not there', () => {
    const known = new Set(rules.map(rule => rule.id));
    expect(titles.filter(title => !known.has(title.id))).toEqual([]);
  });
});
