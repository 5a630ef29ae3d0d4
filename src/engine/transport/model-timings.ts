// How long the models of one host take: has each timed once, for a start that waits or ahead of it.
// Owns the times and the measurements that run. Must not know what is decided by them.
import { PatchError } from '../../core/errors.ts';
import type { ModelResource } from '../../core/resource.ts';
import { failIfStopped } from '../unless-stopped.ts';
import type { ModelTiming } from './time-model.ts';

/** Times a model in a thread that plays nothing. Throws PatchError: what the runtime refused, E-CANCELLED. */
export type TimeModel = (
  model: ModelResource,
  callFrames: number,
  options: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
) => Promise<ModelTiming>;

/** A measurement that a start waits for: share done, 0–1, of the model `what`. */
export interface Measuring {
  readonly share: number;
  readonly what: string;
}

/** A model in calls of a length. */
export interface Timed {
  readonly model: ModelResource;
  readonly callFrames: number;
}

/** A measurement that runs, whoever waits for it. */
interface Run {
  readonly what: string;
  readonly share: () => number;
  readonly timing: Promise<ModelTiming>;
  end(): void;
}

const keyOf = ({ model, callFrames }: Timed): string =>
  `${model.sha256} ${callFrames} ${model.runtime ?? ''} ${JSON.stringify(model.contract)}`;

export class ModelTimings {
  readonly #timeModel: TimeModel;
  readonly #onProgress: () => void;
  readonly #known = new Map<string, ModelTiming>();
  readonly #runs = new Map<string, Run>();
  #waitsFor: Run | undefined;

  /** `onProgress`: `measuring` changed. */
  constructor(timeModel: TimeModel, onProgress: () => void) {
    this.#timeModel = timeModel;
    this.#onProgress = onProgress;
  }

  /** Nothing while nobody waits. */
  get measuring(): Measuring | undefined {
    return this.#waitsFor && { share: this.#waitsFor.share(), what: this.#waitsFor.what };
  }

  known(each: Timed): ModelTiming | undefined {
    return this.#known.get(keyOf(each));
  }

  /** Shortest time that loading the model took, in calls of any length; undefined when nobody knows. */
  loadMs({ sha256 }: ModelResource): number | undefined {
    const known = [...this.#known].filter(([key]) => key.startsWith(sha256)).map(([, { loadMs }]) => loadMs);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /**
   * The time of a model; joins a measurement that runs. Undefined when it can't be had, which is no reason not to play: the
   * audio thread will say what is wrong with the model. Throws E-CANCELLED as soon as the signal says so, which ends it.
   */
  async wait(each: Timed, signal: AbortSignal): Promise<ModelTiming | undefined> {
    const known = this.known(each);
    if (known) return known;
    failIfStopped(signal);
    const run = this.#runOf(each);
    signal.addEventListener('abort', run.end);
    this.#tell(run);
    try {
      return await run.timing;
    } catch (error) {
      failIfStopped(signal);
      if (!(error instanceof PatchError)) throw error;
      return undefined;
    } finally {
      signal.removeEventListener('abort', run.end);
      this.#tell(undefined);
    }
  }

  /** Takes the time of a model before anybody waits for it. Never throws; the signal ends it, unless somebody waits by then. */
  async takeAhead(each: Timed, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.known(each)) return;
    const run = this.#runOf(each);
    const end = (): void => {
      if (this.#waitsFor !== run) run.end();
    };
    signal.addEventListener('abort', end);
    await run.timing.catch(() => undefined);
    signal.removeEventListener('abort', end);
  }

  #runOf(each: Timed): Run {
    const key = keyOf(each);
    const running = this.#runs.get(key);
    if (running) return running;
    const abort = new AbortController();
    const forget = (): void => {
      if (this.#runs.get(key) === run) this.#runs.delete(key);
    };
    let share = 0;
    const onProgress = (done: number): void => {
      share = done;
      // It may be told before it is known that somebody waits.
      if (this.#waitsFor && this.#waitsFor === this.#runs.get(key)) this.#onProgress();
    };
    const run: Run = {
      what: each.model.card.name,
      share: () => share,
      timing: this.#timeModel(each.model, each.callFrames, { signal: abort.signal, onProgress }),
      end: () => {
        // Nobody may join it from here on.
        forget();
        abort.abort();
      },
    };
    this.#runs.set(key, run);
    run.timing
      .then(
        timing => this.#known.set(key, timing),
        () => undefined,
      )
      .finally(forget);
    return run;
  }

  #tell(run: Run | undefined): void {
    this.#waitsFor = run;
    this.#onProgress();
  }
}
