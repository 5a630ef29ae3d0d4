// Bundle archives: fixed bytes, read by another zip implementation, and hostile archives refused with E-BUNDLE-FORMAT.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { ARCHIVE_LIMITS, readArchive, writeArchive } from '../../src/compile/archive.ts';
import { PatchError } from '../../src/core/errors.ts';

const entries: [string, Uint8Array][] = [
  ['model.onnx', Uint8Array.from({ length: 300 }, (_, at) => (at * 7) & 255)],
  ['bundle.json', strToU8('{"name":"ü"}')],
  ['golden/input.f32', new Uint8Array(0)],
];

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(PatchError);
    expect((error as PatchError).code).toBe('E-BUNDLE-FORMAT');
    return (error as PatchError).message;
  }
  throw new Error('was not refused');
}

/** The archive with the first occurrences of a name replaced by another of the same length: local and central header. */
function rename(zip: Uint8Array, from: string, to: string): Uint8Array {
  const bytes = Buffer.from(zip);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  return new Uint8Array(bytes);
}

describe('archive', () => {
  test('comes back in order with the same bytes', () => {
    const read = readArchive(writeArchive(entries), ARCHIVE_LIMITS, ['model.onnx', 'bundle.json']);
    expect([...read.keys()]).toEqual(entries.map(([name]) => name));
    for (const [name, bytes] of entries) expect(read.get(name)).toEqual(bytes);
  });

  test('has the same bytes in every time zone', () => {
    const script = `import { writeArchive } from ${JSON.stringify(new URL('../../src/compile/archive.ts', import.meta.url).href)};
      import { createHash } from 'node:crypto';
      console.log(createHash('sha256').update(writeArchive([['a.txt', new Uint8Array([1, 2, 3])]])).digest('hex'));`;
    const here = createHash('sha256')
      .update(writeArchive([['a.txt', new Uint8Array([1, 2, 3])]]))
      .digest('hex');
    for (const TZ of ['Asia/Tokyo', 'America/Los_Angeles']) {
      const there = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...process.env, TZ },
      });
      expect(there.toString().trim()).toBe(here);
    }
  });

  test('is read by Python zipfile: stored, dated 1980-01-01, CRC right', () => {
    const script = `
import sys, io, json, zipfile, hashlib
z = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert z.testzip() is None
print(json.dumps([[i.filename, i.compress_type, list(i.date_time), hashlib.sha256(z.read(i)).hexdigest()] for i in z.infolist()]))`;
    const out = JSON.parse(execFileSync('python3', ['-c', script], { input: writeArchive(entries) }).toString());
    const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(out).toEqual(entries.map(([name, bytes]) => [name, 0, [1980, 1, 1, 0, 0, 0], sha(bytes)]));
  });

  test('reads what Python zipfile writes', () => {
    const script = `
import sys, zipfile, io
b = io.BytesIO()
with zipfile.ZipFile(b, 'w') as z:
    z.writestr('bundle.json', '{}'); z.writestr('golden/x.bin', bytes(range(256)))
sys.stdout.buffer.write(b.getvalue())`;
    const read = readArchive(new Uint8Array(execFileSync('python3', ['-c', script])));
    expect([...read.keys()]).toEqual(['bundle.json', 'golden/x.bin']);
    expect([...(read.get('golden/x.bin') as Uint8Array)]).toEqual(Array.from({ length: 256 }, (_, at) => at));
  });

  test.each(['../model.on', '/model.onn', 'a//model.o', 'a/../../b.', 'a\\..\\b.on', 'C:model.on'])(
    'refuses the name %s',
    name => {
      expect(refusal(() => readArchive(rename(writeArchive(entries), 'model.onnx', name)))).toContain(
        'plain file names',
      );
      expect(refusal(() => writeArchive([[name, new Uint8Array(1)]]))).toContain('entry name');
    },
  );

  test('refuses two entries of one name', () => {
    const zip = writeArchive([
      ['a.txt', new Uint8Array(1)],
      ['b.txt', new Uint8Array(2)],
    ]);
    expect(refusal(() => readArchive(rename(zip, 'b.txt', 'a.txt')))).toContain('twice');
    expect(
      refusal(() =>
        writeArchive([
          ['a', new Uint8Array(1)],
          ['a', new Uint8Array(2)],
        ]),
      ),
    ).toContain('two entries');
  });

  test('refuses compression, too many entries, too many bytes', () => {
    const bomb = zipSync({ 'model.onnx': new Uint8Array(1 << 22) }, { level: 9 });
    expect(refusal(() => readArchive(bomb))).toContain('compressed');
    const zip = writeArchive(entries);
    expect(refusal(() => readArchive(zip, { ...ARCHIVE_LIMITS, maxEntries: 2 }))).toContain('at most 2 entries');
    expect(refusal(() => readArchive(zip, { ...ARCHIVE_LIMITS, maxEntryBytes: 299 }))).toContain('299');
    expect(refusal(() => readArchive(zip, { ...ARCHIVE_LIMITS, maxTotalBytes: 305 }))).toContain('305');
  });

  test('names what is missing', () => {
    expect(refusal(() => readArchive(writeArchive(entries), ARCHIVE_LIMITS, ['patch.json']))).toContain('patch.json');
  });

  test('refuses everything cut short and everything else', () => {
    const zip = writeArchive(entries);
    for (let length = 0; length < zip.length; length += 13) refusal(() => readArchive(zip.subarray(0, length)));
    refusal(() => readArchive(strToU8('not a zip')));
    // A cut in the middle that keeps the directory: its offsets no longer fit.
    refusal(() =>
      readArchive(Uint8Array.of(...zip.subarray(0, 100), ...zip.subarray(200)), ARCHIVE_LIMITS, ['model.onnx']),
    );
  });
});
