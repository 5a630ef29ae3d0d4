// The static picture of a patch: every example draws, text is escaped, nothing is a NaN.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyPatch } from '../../src/core/patch.ts';
import { parsePatch } from '../../src/core/patch-file.ts';
import { registry } from '../../src/generated/registry.ts';
import { escapeXml, patchToSvg, wrapText } from '../../src/ui/picture.ts';

const gallery = join(import.meta.dirname, '../../notebooks/gallery');

describe('picture', () => {
  for (const file of readdirSync(gallery).filter(name => name.endsWith('.npatch'))) {
    it(`draws ${file} with every node and wire, light and dark`, () => {
      const { patch } = parsePatch(readFileSync(join(gallery, file), 'utf8'));
      for (const theme of ['light', 'dark'] as const) {
        const svg = patchToSvg(patch, registry, {}, theme);
        expect(svg).not.toMatch(/NaN|undefined/);
        expect(svg.match(/<g transform="translate\(-?\d+ -?\d+\)"/g)).toHaveLength(Object.keys(patch.nodes).length);
        expect(svg.match(/<g[ >]/g)?.length).toBe(svg.match(/<\/g>/g)?.length);
      }
    });
  }
  it('escapes HTML in names, notes, frames and types', () => {
    const html = '<script>alert(1)</script>';
    const svg = patchToSvg(
      {
        ...emptyPatch(html),
        nodes: { a: { id: 'a', type: html, version: 1, position: [0, 0], label: html } },
        notes: { n: { id: 'n', text: html, position: [0, 0], size: [400, 40] } },
        frames: { f: { id: 'f', label: html, position: [0, 0], size: [400, 40] } },
      },
      registry,
    );
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    expect(escapeXml('a\u0000"&\'<')).toBe('a&quot;&amp;&#39;&lt;');
  });
  it('draws an empty patch and breaks long notes', () => {
    expect(patchToSvg(emptyPatch('x'), registry)).toMatch(/^<svg [^>]+>.*<\/svg>$/s);
    expect(wrapText('one two three four', 62)).toEqual(['one two', 'three four']);
    expect(wrapText('x'.repeat(25), 62)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
  });
});
