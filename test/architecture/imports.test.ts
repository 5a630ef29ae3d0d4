// The dependency rules of ARCHITECTURE.md as a test: walks every import of src, nodes and extension.
// Owns the one table of who may import whom. Must not know what the modules do.
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Layer → layers and packages that it may import. A trailing `*` stands for any ending; `node:*` is Node itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  // What kernels and places are called: types only, see below.
  dsp: ['core'],
  nodes: ['core', 'dsp'],
  onnx: ['core', '@bufbuild/protobuf*', '@noble/hashes*'],
  plan: ['core', 'dsp'],
  compile: ['core', 'dsp', 'plan', 'onnx', 'fflate', '@bufbuild/protobuf*', '@noble/hashes*'],
  inference: ['core', 'onnxruntime-web*'],
  neural: ['core', 'onnx', 'simd', 'inference'],
  simd: ['core', 'generated'],
  render: ['core', 'dsp', 'plan', 'simd'],
  engine: ['core', 'dsp', 'plan', 'simd', 'render', 'check', 'inference', 'neural', 'resources', 'generated', 'tone*'],
  resources: ['core', 'dsp', 'onnx', '@noble/hashes*'],
  check: ['core', 'dsp', 'plan', 'compile', 'render', 'onnx'],
  ui: ['core', 'dsp', 'd3-*'],
  cli: [
    'core',
    'plan',
    'compile',
    'render',
    'check',
    'onnx',
    'resources',
    'inference',
    'neural',
    'dsp',
    'resources',
    'generated',
    'bench',
    'node:*',
  ],
  bench: [
    'core',
    'dsp',
    'onnx',
    'resources',
    'plan',
    'inference',
    'neural',
    'render',
    'compile',
    'check',
    'engine',
    'simd',
    'ui',
    'generated',
    'node:*',
    'esbuild',
    'playwright-core',
  ],
  generated: ['nodes', 'core'],
  // src/index.ts, the engine as one module.
  'index.ts': ['check', 'compile', 'core', 'dsp', 'generated', 'inference', 'onnx', 'plan', 'render', 'resources'],
  build: ['core', 'generated', 'node:*', 'esbuild', 'assemblyscript/asc'],
  extension: ['*'],
};

/** Narrower or wider than the layer's rule: a path prefix and what only it may import besides. */
const ONLY_THERE: readonly { readonly prefix: string; readonly may: readonly string[] }[] = [
  { prefix: 'src/ui/canvas/', may: ['rete*'] },
  { prefix: 'src/inference/node.ts', may: ['node:*'] },
  // The peer's page: these packages come from the benchmark's own environment.
  { prefix: 'src/bench/marks/editor-rete', may: ['react*', 'rete*', 'styled-components'] },
  { prefix: 'src/bench/page/rete-react.d.ts', may: ['rete'] },
  // A text in Faust's own language.
  { prefix: 'src/bench/patches/echo.ts', may: ['stdfaust.lib'] },
  // The still picture is drawn without a DOM.
  { prefix: 'src/cli/commands/picture.ts', may: ['ui'] },
  // So is the chart of a profile.
  { prefix: 'src/cli/commands/profile.ts', may: ['ui'] },
];

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly target: string;
}

const layerOf = (path: string): string => {
  const parts = path.split('/');
  return parts[0] === 'src' ? (parts[1] as string) : (parts[0] as string);
};

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;

/** Comments go first: prose may quote an import. */
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/[^\n]*/g, '$1');

const importsOf = (file: string, text: string): Import[] =>
  [...withoutComments(text).matchAll(IMPORT)].map(match => {
    const specifier = (match[1] ?? match[2]) as string;
    const isRelative = specifier.startsWith('.');
    return { file, specifier, target: isRelative ? join(dirname(file), specifier).replaceAll('\\', '/') : specifier };
  });

const fits = (pattern: string, name: string): boolean =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

const isAllowed = ({ file, specifier, target }: Import): boolean => {
  const from = layerOf(file);
  const special = ONLY_THERE.filter(({ prefix }) => file.startsWith(prefix)).flatMap(({ may }) => may);
  const allowed = [...(MAY_IMPORT[from] ?? []), ...special];
  if (!specifier.startsWith('.')) return allowed.some(pattern => fits(pattern, specifier));
  const to = layerOf(target);
  // A node stands alone, but for what its family shares.
  if (from === 'nodes' && to === 'nodes') return target.startsWith(`${dirname(file)}/parts/`);
  return to === from || (to !== 'extension' && to !== 'cli' && allowed.some(pattern => fits(pattern, to)));
};

const files = globSync(['src/**/*.ts', 'nodes/**/*.ts', 'extension/**/*.ts'], { cwd: root })
  .map(path => path.replaceAll('\\', '/'))
  // Built files, and AssemblyScript, whose imports are its compiler's to judge.
  .filter(path => !path.includes('/neuropatch/') && !path.startsWith('src/simd/assembly/'))
  .sort();

const imports = files.flatMap(file => importsOf(file, readFileSync(join(root, file), 'utf8')));

describe('imports', () => {
  it('finds the ways to import', () => {
    const text = `import a from './a.ts';\nimport {\n  b,\n  type C,\n} from "b";\nexport * from './d.ts';
import 'side-effect';\nconst e = await import('./e.ts');\n// import x from './x.ts';\n/* import y from 'y' */`;
    const found = importsOf('src/core/me.ts', text).map(({ target }) => target);
    expect(found).toEqual(['src/core/a.ts', 'b', 'src/core/d.ts', 'side-effect', 'src/core/e.ts']);
  });

  it('refuses what the table does not name', () => {
    const refused = [
      importsOf('src/core/me.ts', `import '../plan/plan.ts'; import 'node:fs'; import '../../nodes/mix/dry-wet.ts';`),
      importsOf(
        'nodes/mix/me.ts',
        `import '../filter/biquad-filter.ts'; import './other.ts'; import '../filter/parts/x.ts'; import '../../src/plan/plan.ts';`,
      ),
      importsOf('src/ui/inspector/me.ts', `import 'rete'; import '../../engine/host.ts';`),
      importsOf('extension/me.ts', `import '../src/cli/main.ts';`),
      importsOf('src/engine/me.ts', `import '../../extension/index.ts';`),
    ].flat();
    expect(refused).toHaveLength(11);
    expect(refused.filter(isAllowed)).toEqual([]);
  });

  it('knows every layer', () => {
    expect([...new Set(files.map(layerOf))].filter(layer => !Object.hasOwn(MAY_IMPORT, layer))).toEqual([]);
  });

  it.each([...new Set(files.map(layerOf))])('%s imports only what its layer may', layer => {
    const wrong = imports.filter(found => layerOf(found.file) === layer && !isAllowed(found));
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).toEqual([]);
  });

  it('of core, dsp takes types only: it owns functions that need nothing', () => {
    const own = files.filter(file => layerOf(file) === 'dsp');
    const values = own.filter(file =>
      /(?:^|\n)(?:import|export)\s(?!type\b)[^;]*?from\s*'\.\.\/core\//.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(values).toEqual([]);
  });

  it.each(['core', 'dsp', 'nodes', 'plan', 'render'])('%s has no clock and no unseeded randomness', layer => {
    const impure =
      /\bMath\.random\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bset(Timeout|Interval)\b|\bcrypto\./;
    const own = files.filter(file => layerOf(file) === layer);
    expect(own.filter(file => impure.test(withoutComments(readFileSync(join(root, file), 'utf8'))))).toEqual([]);
  });

  it('relative imports name a file with its ending', () => {
    const wrong = imports.filter(({ specifier }) => specifier.startsWith('.') && !/\.(ts|css|json)$/.test(specifier));
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).toEqual([]);
  });

  it('relative imports stay inside the clone', () => {
    expect(imports.filter(({ target }) => relative(root, resolve(root, target)).startsWith('..'))).toEqual([]);
  });
});
