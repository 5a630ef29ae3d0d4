// Which build of the kernels the audio thread plays: the plain one, or the one with fused multiply-add, where a person wants it and the
// machine has it. Owns that choice, once for each start, and what is told where the wish can't be met. Must not know what kernels do.
import type { Problem } from '../core/errors.ts';
import { hasFusedMultiplyAdd } from '../simd/relaxed.ts';
import { fetchAhead } from './fetch-ahead.ts';
import type { Link } from './link.ts';

export interface KernelChoiceOptions {
  /** Address of the build with fused multiply-add; left out, there is none. */
  readonly url: string | undefined;
  /** Whether it is wanted, asked at each start; left out, it never is. */
  readonly isWanted: (() => boolean) | undefined;
}

const warning = (message: string): Problem => ({ code: 'E-RELAXED-SIMD', severity: 'warning', path: '', message });

const NOT_HERE = warning(
  'engine: expected relaxed SIMD, got a browser or a processor without fused multiply-add. Plain SIMD plays; switch Relaxed SIMD off in the settings.',
);
const NO_FILE = warning(
  'engine: expected the build of the kernels with relaxed SIMD, got none from the server. Plain SIMD plays; reload the page, or reinstall the extension.',
);

export class KernelChoice {
  readonly #options: KernelChoiceOptions;
  /** The link whose audio thread was given the build with fused multiply-add last. */
  #relaxedLink: Link | undefined;
  #problems: readonly Problem[] = [];

  constructor(options: KernelChoiceOptions) {
    this.#options = options;
  }

  /** Of the last start: why plain kernels play although others are wanted. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** A patch opens: what its start will need is fetched. */
  expect(): void {
    const { url } = this.#options;
    if (url !== undefined && this.#isWanted && hasFusedMultiplyAdd()) fetchAhead(url);
  }

  /** Before a fresh plan is posted: gives the audio thread its build, or takes it back. */
  async settle(link: Link): Promise<void> {
    const { url } = this.#options;
    this.#problems = [];
    const isThere = this.#relaxedLink === link;
    if (!this.#isWanted) {
      if (isThere) link.post({ kind: 'kernels', relaxed: undefined });
      this.#relaxedLink = undefined;
    } else if (!isThere) {
      const found = url !== undefined && hasFusedMultiplyAdd();
      const relaxed = found ? await fetchBuild(url) : undefined;
      this.#problems = relaxed ? [] : [found ? NO_FILE : NOT_HERE];
      if (!relaxed) return;
      link.post({ kind: 'kernels', relaxed });
      this.#relaxedLink = link;
    }
  }

  get #isWanted(): boolean {
    return this.#options.isWanted?.() ?? false;
  }
}

/** Undefined where the server does not give it, or something else. */
async function fetchBuild(url: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const response = await fetch(url, { credentials: 'same-origin' });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return response.ok && WebAssembly.validate(bytes) ? bytes : undefined;
  } catch {
    return undefined;
  }
}
