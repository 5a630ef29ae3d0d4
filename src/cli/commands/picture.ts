// `neuropatch picture PATCH`: the patch as a still SVG, for notebooks and documents. Drawn by the editor's own code.
import { registry } from '../../generated/registry.ts';
import { patchToSvg } from '../../ui/picture.ts';
import { readArguments } from '../arguments.ts';
import { openPatch, writeWhole } from '../files.ts';
import { type ExitCode, say, sayJson, UsageError } from '../output.ts';

export async function picture(words: readonly string[]): Promise<ExitCode> {
  const text = { type: 'string' } as const;
  const { values, positionals } = readArguments(words, { out: { ...text, short: 'o' }, theme: text }, ['PATCH']);
  const theme = values.theme ?? 'light';
  if (theme !== 'light' && theme !== 'dark') throw new UsageError(`--theme: expected light or dark, got "${theme}"`);
  const { patch, resources } = await openPatch(positionals[0]);
  const svg = patchToSvg(patch, registry, resources, theme);
  if (typeof values.out === 'string') await writeWhole(values.out, svg);
  if (values.json === true) sayJson({ ok: true, file: values.out ?? null, svg: values.out === undefined ? svg : null });
  else if (values.out === undefined) say(svg);
  return 0;
}
