// The monitor stage: protects ears after the patch's outputs. Starts at −12 dB and rises within 300 ms, limits, and fades out
// before a pause. Neither exported nor captured. Owns what the loudspeakers get; must not know patches.
import { crossfadeFrames, fadeInGain } from '../../dsp/crossfade.ts';
import { levelToGain } from '../../dsp/level.ts';
import { createLimiterState, designLimiter, type LimiterDesign, processLimiter } from '../../dsp/limiter.ts';

const START_GAIN = levelToGain(-12);
const RISE_SECONDS = 0.3;
const FADE_OUT_SECONDS = 0.02;

export class Monitor {
  readonly #design: LimiterDesign;
  readonly #limiter = createLimiterState();
  readonly #riseFrames: number;
  readonly #fallFrames: number;
  #sinceStart = 0;
  /** Frames since the fade-out began; −1 = none. */
  #sinceEnd = -1;
  /** The limiter or the start acted since `takeActing`. */
  #isActing = false;

  constructor(rateHz: number) {
    this.#design = designLimiter(rateHz);
    this.#riseFrames = crossfadeFrames(rateHz, RISE_SECONDS);
    this.#fallFrames = crossfadeFrames(rateHz, FADE_OUT_SECONDS);
  }

  start(): void {
    this.#limiter.fill(0);
    this.#sinceStart = 0;
    this.#sinceEnd = -1;
  }

  /** Begins the fade-out. */
  end(): void {
    if (this.#sinceEnd < 0) this.#sinceEnd = 0;
  }

  /** The fade-out is over: nothing is heard. */
  get isSilent(): boolean {
    return this.#sinceEnd >= this.#fallFrames;
  }

  /** Works in place on all channels together. */
  process(channels: readonly Float32Array[], frames: number): void {
    if (this.#sinceStart < this.#riseFrames || this.#sinceEnd >= 0) this.#fade(channels, frames);
    if (processLimiter(this.#design, this.#limiter, channels, frames) < 1) this.#isActing = true;
  }

  takeActing(): boolean {
    const isActing = this.#isActing;
    this.#isActing = false;
    return isActing;
  }

  #fade(channels: readonly Float32Array[], frames: number): void {
    this.#isActing = true;
    for (let i = 0; i < frames; i++) {
      const rise = START_GAIN + (1 - START_GAIN) * fadeInGain(this.#sinceStart, this.#riseFrames);
      const gain = this.#sinceEnd < 0 ? rise : rise * (1 - fadeInGain(this.#sinceEnd, this.#fallFrames));
      for (let c = 0; c < channels.length; c++) channels[c][i] *= gain;
      this.#sinceStart++;
      if (this.#sinceEnd >= 0) this.#sinceEnd++;
    }
  }
}
