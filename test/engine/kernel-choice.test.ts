// Which build of the kernels the audio thread is given, start after start: the server and the link are the test's.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { KernelChoice } from '../../src/engine/kernel-choice.ts';
import type { Link } from '../../src/engine/link.ts';
import { hasFusedMultiplyAdd } from '../../src/simd/relaxed.ts';

const build = readFileSync(new URL('../../src/generated/kernels-relaxed.wasm', import.meta.url));
let answer: () => Response;
let fetches = 0;
beforeEach(() => {
  fetches = 0;
  answer = () => new Response(build);
  vi.stubGlobal('fetch', async () => {
    fetches++;
    return answer();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const open = () => {
  const posted: (number | undefined)[] = [];
  const link = {
    post: (message: { relaxed?: Uint8Array }) => void posted.push(message.relaxed?.length),
  } as unknown as Link;
  const wish = { isWanted: true };
  const choice = new KernelChoice({ url: 'kernels-relaxed.wasm', isWanted: () => wish.isWanted });
  return { choice, link, posted, wish };
};

it('nothing is fetched or posted while nobody wants it', async () => {
  const { choice, link, posted, wish } = open();
  wish.isWanted = false;
  choice.expect();
  await choice.settle(link);
  expect([fetches, posted, choice.problems]).toEqual([0, [], []]);
});

it.runIf(hasFusedMultiplyAdd())(
  'the build is posted once to each link, and taken back when it is no longer wanted',
  async () => {
    const { choice, link, posted, wish } = open();
    await choice.settle(link);
    await choice.settle(link);
    expect(posted).toEqual([build.length]);
    wish.isWanted = false;
    await choice.settle(link);
    await choice.settle(link);
    expect(posted).toEqual([build.length, undefined]);
    wish.isWanted = true;
    await choice.settle(link);
    const other = open();
    await choice.settle(other.link);
    expect([posted, other.posted]).toEqual([[build.length, undefined, build.length], [build.length]]);
    expect(choice.problems).toEqual([]);
  },
);

it.runIf(hasFusedMultiplyAdd()).each([
  ['another file', () => new Response('<!doctype html>')],
  ['none', () => new Response('', { status: 404 })],
  [
    'no answer',
    () => {
      throw new TypeError('no server');
    },
  ],
])('a server that gives %s is told, and plain kernels play', async (_what, given) => {
  const { choice, link, posted } = open();
  answer = given;
  await choice.settle(link);
  expect(posted).toEqual([]);
  expect(choice.problems).toMatchObject([{ code: 'E-RELAXED-SIMD', severity: 'warning' }]);
  answer = () => new Response(build);
  await choice.settle(link);
  expect([posted, choice.problems]).toEqual([[build.length], []]);
});

it('a browser without it is told, and asked for no file', async () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  const { choice, link, posted } = open();
  choice.expect();
  await choice.settle(link);
  expect([fetches, posted]).toEqual([0, []]);
  expect(choice.problems).toMatchObject([{ code: 'E-RELAXED-SIMD', severity: 'warning' }]);
});
