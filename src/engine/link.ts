// The link to the audio thread: one context with one processor, and the messages to and from it.
// Owns the life of context and processor, what was sent already, and waiting for answers. Must not know patches.

import { fail, PatchError, type Problem } from '../core/errors.ts';
import type { ResourceBook } from '../core/infer.ts';
import type { ModelResource } from '../core/resource.ts';
import type { Plan } from '../plan/plan.ts';
import {
  type FromWorklet,
  NO_PLAN,
  PROCESSOR_NAME,
  SPEAKER_CHANNELS,
  type ToWorklet,
  type WorkletOptions,
} from './messages.ts';
import { copyPayloads, HeavyCopy } from './resource-copy.ts';
import { packResources, resourceKey } from './resource-transfer.ts';
import { Shell } from './shell.ts';

/** How long the audio thread may take to fade out before the context is suspended all the same. */
const HOLD_SECONDS = 0.5;
/** A block is late when it comes this many device callbacks after the most punctual one: buffers hide less than that. */
const LATE_CALLBACKS = 3;

export interface LinkOptions {
  readonly sampleRateHz: number;
  readonly latencyHint: AudioContextLatencyCategory;
  readonly workletUrl: string;
  readonly isStallAllowed: boolean;
  readonly onMessage: (message: FromWorklet) => void;
  readonly onFailure: (problem: Problem) => void;
  /** The browser stopped the context by itself: another program took the device, a call came in. */
  readonly onInterrupted: () => void;
}

export class Link {
  readonly shell: Shell;
  readonly #options: LinkOptions;
  readonly #node: Promise<AudioWorkletNode>;
  #nodeNow: AudioWorkletNode | undefined;
  readonly #sent = new Set<string>();
  /** Resources of the plan that was posted last. */
  #posted: ReadonlySet<string> = new Set();
  #hasRuntime = false;
  #isBroken = false;
  #mustRun = false;
  readonly #answers = new Map<string, (message: FromWorklet) => void>();

  /** Must be made in a user's gesture. Throws PatchError E-SECURE-CONTEXT, E-DEVICE-RATE. */
  constructor(options: LinkOptions) {
    this.#options = options;
    this.shell = new Shell(options.sampleRateHz, options.latencyHint);
    this.#node = this.#createNode();
    // A failure is told where the node is waited for.
    this.#node.catch(() => undefined);
  }

  /** Waits until messages can be posted. Throws PatchError E-RESOURCE-MISSING; the link is broken then. */
  async open(): Promise<void> {
    try {
      await this.#node;
      await this.shell.open();
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }
  get sampleRateHz(): number {
    return this.#options.sampleRateHz;
  }
  /** Nothing but closing helps: a program did not load, or the audio thread ended. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Plays. Throws PatchError E-GESTURE. */
  async run(): Promise<void> {
    await this.shell.resume();
    this.post({ kind: 'run', isRunning: true });
    this.#mustRun = true;
  }

  /** It plays, or is about to. */
  get isRunning(): boolean {
    return this.#mustRun;
  }

  post(message: ToWorklet, transfer: Transferable[] = []): void {
    this.#nodeNow?.port.postMessage(message, transfer);
  }

  /** Gives the audio thread the runtime for models, once. */
  postRuntime(module: WebAssembly.Module): void {
    if (this.#hasRuntime) return;
    this.#hasRuntime = true;
    this.post({ kind: 'runtime', module });
  }
  get hasRuntime(): boolean {
    return this.#hasRuntime;
  }

  /** Models of a book that the audio thread has not prepared yet, by node id: that takes it up to some hundred ms each. */
  newModels(resources: ResourceBook): [nodeId: string, model: ModelResource][] {
    return Object.entries(resources).flatMap(([nodeId, slots]) =>
      Object.values(slots ?? {}).flatMap((resource): [string, ModelResource][] =>
        resource?.kind === 'model' && !this.#posted.has(resourceKey(resource)) ? [[nodeId, resource]] : [],
      ),
    );
  }

  /** Sends the big files of a book ahead, a piece at a time, so that posting a plan with them takes no time. */
  async sendAhead(resources: ResourceBook): Promise<void> {
    for (const payload of packResources(resources, new Set(this.#sent)).payloads) {
      const copy = new HeavyCopy();
      const payloads = await copyPayloads([payload], copy);
      if (copy.transfer.length === 0 || this.#sent.has(payload.key)) continue;
      this.#sent.add(payload.key);
      this.post({ kind: 'payloads', payloads }, copy.transfer);
    }
  }

  /** Posts a plan with what it needs of its resources. Settles when it is prepared; throws what can't be played. */
  async postPlan(tag: number, plan: Plan, resources: ResourceBook, isFresh: boolean): Promise<void> {
    const answer = new Promise<FromWorklet>(resolve => this.#answers.set(`plan ${tag}`, resolve));
    const { references, payloads } = packResources(resources, this.#sent);
    this.#posted = new Set(this.#sent);
    this.post({ kind: 'plan', tag, plan, references, payloads, isFresh });
    const message = await answer;
    if (message.kind === 'refused') throw new PatchError(message.problems);
  }

  /** Fades out; settles when the audio thread holds, or could not answer. */
  async hold(): Promise<void> {
    this.#mustRun = false;
    const answer = new Promise<unknown>(resolve => this.#answers.set('held', resolve));
    this.post({ kind: 'run', isRunning: false });
    await Promise.race([answer, new Promise(resolve => setTimeout(resolve, HOLD_SECONDS * 1000))]);
    await this.shell.suspend();
  }

  async openMicrophone(): Promise<void> {
    await this.shell.openMicrophone(await this.#node);
  }

  async close(): Promise<void> {
    this.#mustRun = false;
    this.#nodeNow?.disconnect();
    if (this.#nodeNow) this.#nodeNow.port.onmessage = null;
    await this.shell.close();
  }

  #receive(message: FromWorklet): void {
    // The next start or edit posts the runtime again.
    if (message.kind === 'refused' && message.tag === NO_PLAN) this.#hasRuntime = false;
    const key = message.kind === 'ready' || message.kind === 'refused' ? `plan ${message.tag}` : message.kind;
    this.#answers.get(key)?.(message);
    this.#answers.delete(key);
    this.#options.onMessage(message);
  }

  async #createNode(): Promise<AudioWorkletNode> {
    const { context } = this.shell;
    const { workletUrl } = this.#options;
    await context.audioWorklet.addModule(workletUrl).catch((error: unknown) => {
      fail(
        'E-RESOURCE-MISSING',
        workletUrl,
        `${workletUrl}: expected the program of the audio thread, got "${String(error)}". Reload the page, or reinstall the extension.`,
      );
    });
    const processorOptions: WorkletOptions = {
      lateLimitMs: LATE_CALLBACKS * this.shell.callbackSeconds * 1000,
      isStallAllowed: this.#options.isStallAllowed,
    };
    const node = new AudioWorkletNode(context, PROCESSOR_NAME, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [SPEAKER_CHANNELS],
      processorOptions,
    });
    node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#receive(data);
    node.onprocessorerror = event => {
      const detail = (event as ErrorEvent).message || 'an error without a text';
      const problem: Problem = {
        code: 'E-MODEL-RUN',
        severity: 'error',
        path: '',
        message: `audio thread: expected to run on, got ${detail}. Start again.`,
      };
      this.#isBroken = true;
      // Nobody answers any more what is waited for.
      for (const answer of this.#answers.values()) answer({ kind: 'refused', tag: NO_PLAN, problems: [problem] });
      this.#answers.clear();
      this.#options.onFailure(problem);
    };
    context.addEventListener('statechange', () => {
      if (!this.#mustRun || context.state === 'running') return;
      this.#mustRun = false;
      this.#options.onInterrupted();
    });
    node.connect(context.destination);
    this.#nodeNow = node;
    return node;
  }
}
