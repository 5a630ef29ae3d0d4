// The bundled programs: each is one file that asks for nothing from outside but what its place has.
import { build, type Metafile } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { bundleOptions } from '../../src/build/programs.ts';

type OutputImport = Metafile['outputs'][string]['imports'][number];

const importsOf = async (program: string): Promise<OutputImport[]> => {
  const result = await build({ ...bundleOptions(program), write: false, metafile: true });
  return Object.values(result.metafile.outputs).flatMap(output => output.imports);
};

describe('one file each', () => {
  // The runtime's glue would load Node's modules in Node only, so these are never static.
  it.each(['engine', 'worklet'])('%s imports nothing when it starts', async program => {
    const imports = await importsOf(program);
    expect(imports.filter(({ kind }) => kind !== 'dynamic-import')).toEqual([]);
  });

  it('cli imports nothing but Node', async () => {
    const imports = await importsOf('cli');
    const builtin = /^(node:|module$|worker_threads$|fs$|path$|url$|util$|os$|crypto$)/;
    expect(imports.map(({ path }) => path).filter(path => !builtin.test(path))).toEqual([]);
  });
});
