// The patch file's text form, held to fixtures written by hand; test/python/test_ydoc.py holds the Python twin to the same
// and compares both on spoilt patches.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePatch, serializePatch } from '../../src/core/patch-file.ts';

const folder = new URL('../fixtures/patches/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const names = (sub: string): string[] => readdirSync(new URL(sub, folder)).filter(name => name.endsWith('.npatch'));
const rewrite = (text: string): string => serializePatch(parsePatch(text).patch);

describe('FILE-FIXTURES the text form is fixed to the byte', () => {
  it.each(names('.'))('%s comes back as it was', name => expect(rewrite(read(name))).toBe(read(name)));
  it.each(names('raw/'))('raw/%s is brought into the one form', name =>
    expect(rewrite(read(`raw/${name}`))).toBe(read(name)),
  );
});
