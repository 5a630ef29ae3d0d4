// The build: generated sources, programs, then the packages that carry them. `node src/build/build.ts [PART...]` runs the
// named parts only (generate, simd, reference, cli, engine, worklet, worker, files, extension, python), in this order.
import { generate } from './generate.ts';
import { buildLabExtension, buildPythonPackage } from './packages.ts';
import { buildProgram, copyRuntimeFiles, programNames } from './programs.ts';
import { buildReference } from './reference.ts';
import { buildSimd } from './simd.ts';

const parts: Record<string, () => void | Promise<void>> = {
  generate,
  simd: buildSimd,
  reference: buildReference,
  ...Object.fromEntries(programNames.map(name => [name, () => buildProgram(name)])),
  files: () => copyRuntimeFiles('dist'),
  extension: buildLabExtension,
  python: buildPythonPackage,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`build: expected parts out of ${Object.keys(parts).join(', ')}, got ${unknown.join(', ')}.`);
  process.exit(2);
}

const failed: string[] = [];
for (const [name, build] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  try {
    await build();
    console.log(`build: ${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  } catch (error) {
    // The other parts are built all the same: a broken canvas should not keep the command line from running.
    failed.push(name);
    console.error(`build: ${name} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
if (failed.length > 0) {
  console.error(`build: ${failed.length} of its parts failed: ${failed.join(', ')}`);
  process.exit(1);
}
