// The shell around the audio thread: the browser's audio context with Tone.js on it (transport, microphone).
// Owns what touches Web Audio and Tone; Tone is loaded when sound starts or before, not with the page. Must not know patches or plans.
import type { Context as ToneContext } from 'tone/build/esm/core/context/Context.js';
import type { UserMedia } from 'tone/build/esm/source/UserMedia.js';
import { fail, PatchError } from '../core/errors.ts';
import { SAMPLE_RATES_HZ } from '../core/sample-rates.ts';
import { insecurePage } from './secure-page.ts';

/** What Chromium tells of the device (AudioContext.playbackStats); other browsers may tell nothing. */
interface PlaybackStats {
  readonly underrunEvents: number;
  readonly underrunDuration: number;
}

/** Periods in which the device had nothing to play, and their length. */
export interface Underruns {
  readonly events: number;
  readonly seconds: number;
}

/** Whether the browser plays at a rate: an offline context has the same limits, and opens no device. */
function isPlayable(rateHz: number): boolean {
  try {
    return new OfflineAudioContext(1, 1, rateHz).sampleRate === rateHz;
  } catch {
    return false;
  }
}

/** A context that runs at the patch's rate and no other. Throws PatchError E-DEVICE-RATE. */
function openContext(sampleRateHz: number, latencyHint: AudioContextLatencyCategory): AudioContext {
  try {
    return new AudioContext({ sampleRate: sampleRateHz, latencyHint });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotSupportedError')) throw error;
    return fail(
      'E-DEVICE-RATE',
      'sampleRateHz',
      `patch: expected a sample rate that this browser plays (${SAMPLE_RATES_HZ.filter(isPlayable).join(', ')} Hz), got ${sampleRateHz} Hz. Choose one of them in the inspector; rendering and bundles work at every rate.`,
    );
  }
}

/** Tone's program, without a context. Single modules: Tone's index would open an audio context of its own as soon as it is loaded. */
export function loadTone() {
  // Tone greets on the console unless told not to.
  (globalThis as { TONE_SILENCE_LOGGING?: boolean }).TONE_SILENCE_LOGGING = true;
  return Promise.all([
    import('tone/build/esm/core/context/Context.js'),
    import('tone/build/esm/core/Global.js'),
    import('tone/build/esm/core/clock/Transport.js'),
  ]);
}

/** How long a resumed context may take to run. Without a gesture it never does. */
const RESUME_SECONDS = 2;

export class Shell {
  readonly context: AudioContext;
  readonly #tone: Promise<ToneContext>;
  #toneNow: ToneContext | undefined;
  #microphone: UserMedia | undefined;
  #isMicrophoneWanted = false;
  /** A person is being asked, which may take as long as it does. */
  #isAsking = false;

  /** Must be made in a user's gesture. Throws PatchError E-SECURE-CONTEXT, E-DEVICE-RATE. */
  constructor(sampleRateHz: number, latencyHint: AudioContextLatencyCategory) {
    const problem = insecurePage();
    if (problem) throw new PatchError(problem);
    this.context = openContext(sampleRateHz, latencyHint);
    // Asked for at once, while the gesture lasts; whether it worked is looked at in `resume`.
    void this.context.resume();
    this.#tone = this.#loadTone();
    // A failure is told by `open`.
    this.#tone.catch(() => undefined);
  }

  /** Waits for the transport's program. Throws PatchError E-RESOURCE-MISSING. */
  async open(): Promise<void> {
    await this.#tone.catch((error: unknown) => {
      const got = error instanceof Error ? error.message : String(error);
      fail('E-RESOURCE-MISSING', 'page', `page: expected the transport's program, got "${got}". Reload the page.`);
    });
  }

  /** Holds the context until `resume`, so that what is prepared in the audio thread is not taken for a dropout. */
  suspend(): Promise<void> {
    return this.context.suspend();
  }

  /** Runs the context. Throws PatchError E-GESTURE when the browser wants a click first. */
  async resume(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waited = new Promise<void>(resolve => {
      timer = setTimeout(resolve, RESUME_SECONDS * 1000);
    });
    await Promise.race([this.context.resume(), waited]);
    clearTimeout(timer);
    if (this.context.state !== 'running') {
      fail(
        'E-GESTURE',
        'page',
        `page: expected sound to start from a click or a key, got a start without one (audio is ${this.context.state}). Press Play again.`,
      );
    }
  }

  /** Frames of one block of the audio thread. */
  get blockFrames(): number {
    return (this.context as { readonly renderQuantumSize?: number }).renderQuantumSize ?? 128;
  }

  /** Underruns of the device since the context was made; undefined where the browser does not count them. */
  get underruns(): Underruns | undefined {
    const stats = (this.context as { readonly playbackStats?: PlaybackStats }).playbackStats;
    return stats && { events: stats.underrunEvents, seconds: stats.underrunDuration };
  }

  /** Frames between two callbacks of the device, in seconds: it asks for several blocks at once. */
  get callbackSeconds(): number {
    return Math.max(this.context.baseLatency, this.blockFrames / this.context.sampleRate);
  }

  /**
   * Tone's transport follows what is heard, so that what is scheduled on it runs along. `heardFrames` is how much of the patch
   * was heard by now; less than 0 until the first sound is through its delays.
   */
  async startTransport(heardFrames: number): Promise<void> {
    const { transport } = await this.#tone;
    const heardSeconds = heardFrames / this.context.sampleRate;
    transport.start(`+${Math.max(0, -heardSeconds)}`, Math.max(0, heardSeconds));
  }
  /** Another plan with other delays plays: the transport goes on from what is heard now. */
  moveTransport(positionSeconds: number): void {
    const transport = this.#toneNow?.transport;
    if (transport?.state === 'started') transport.seconds = positionSeconds;
  }
  pauseTransport(): void {
    this.#toneNow?.transport.pause();
  }
  stopTransport(): void {
    this.#toneNow?.transport.stop();
  }

  /**
   * Opens the microphone into a node; settles when a person has answered, at once where one is being asked already. Throws
   * PatchError E-MICROPHONE when it is refused or missing.
   */
  async openMicrophone(target: AudioNode): Promise<void> {
    this.#isMicrophoneWanted = true;
    if (this.#microphone || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const microphone = await this.#askForMicrophone();
      // Closed while the question was open.
      if (!this.#isMicrophoneWanted) {
        microphone.close();
        microphone.dispose();
        return;
      }
      microphone.connect(target);
      this.#microphone = microphone;
    } finally {
      this.#isAsking = false;
    }
  }
  async #askForMicrophone(): Promise<UserMedia> {
    const context = await this.#tone;
    const { UserMedia } = await import('tone/build/esm/source/UserMedia.js');
    const microphone = new UserMedia({ context });
    try {
      return await microphone.open();
    } catch (error) {
      microphone.dispose();
      return fail(
        'E-MICROPHONE',
        'page',
        `microphone: expected permission and a device, got "${error instanceof Error ? error.message : String(error)}". Allow the microphone for this page; the rest of the patch plays.`,
      );
    }
  }
  closeMicrophone(): void {
    this.#isMicrophoneWanted = false;
    this.#microphone?.close();
    this.#microphone?.dispose();
    this.#microphone = undefined;
  }

  async close(): Promise<void> {
    this.closeMicrophone();
    const tone = await this.#tone.catch(() => undefined);
    // Tone closes the context that it was given.
    tone?.dispose();
    if (this.context.state !== 'closed') await this.context.close();
  }

  async #loadTone(): Promise<ToneContext> {
    const [{ Context }, { setContext }] = await loadTone();
    const tone = new Context({ context: this.context });
    setContext(tone);
    this.#toneNow = tone;
    return tone;
  }
}
