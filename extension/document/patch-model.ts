// The document model that JupyterLab's context reads and saves. Owns dirty and read-only; the content is the shared patch.
import type { IChangedArgs } from '@jupyterlab/coreutils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { PartialJSONValue } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';
import { SharedPatch, type SharedPatchChange } from './shared-patch.ts';

export const MODEL_NAME = 'neuropatch-model';
export const CONTENT_TYPE = 'neuropatch';

export class PatchModel implements DocumentRegistry.IModel {
  readonly sharedModel: SharedPatch;
  readonly collaborative: boolean;
  readonly defaultKernelName = '';
  readonly defaultKernelLanguage = '';
  readonly #contentChanged = new Signal<this, void>(this);
  // biome-ignore lint/suspicious/noExplicitAny: the type is JupyterLab's
  readonly #stateChanged = new Signal<this, IChangedArgs<any>>(this);
  #isDirty = false;
  #isReadOnly = false;
  #isDisposed = false;

  constructor(options: DocumentRegistry.IModelOptions<SharedPatch> = {}) {
    this.sharedModel = options.sharedModel ?? SharedPatch.create();
    this.collaborative = options.collaborationEnabled === true;
    this.sharedModel.changed.connect(this.#onChanged, this);
  }

  get dirty(): boolean {
    return this.#isDirty;
  }
  set dirty(value: boolean) {
    const oldValue = this.#isDirty;
    this.#isDirty = value;
    if (oldValue !== value) this.#stateChanged.emit({ name: 'dirty', oldValue, newValue: value });
  }
  get readOnly(): boolean {
    return this.#isReadOnly;
  }
  set readOnly(value: boolean) {
    const oldValue = this.#isReadOnly;
    this.#isReadOnly = value;
    if (oldValue !== value) this.#stateChanged.emit({ name: 'readOnly', oldValue, newValue: value });
  }
  get isDisposed(): boolean {
    return this.#isDisposed;
  }
  get contentChanged(): ISignal<this, void> {
    return this.#contentChanged;
  }
  // biome-ignore lint/suspicious/noExplicitAny: the type is JupyterLab's
  get stateChanged(): ISignal<this, IChangedArgs<any>> {
    return this.#stateChanged;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.sharedModel.changed.disconnect(this.#onChanged, this);
    this.sharedModel.dispose();
    Signal.clearData(this);
  }
  toString(): string {
    return this.sharedModel.getSource();
  }
  fromString(value: string): void {
    this.sharedModel.setSource(value);
    // The context clears it on saving only.
    this.dirty = false;
  }
  toJSON(): PartialJSONValue {
    return JSON.parse(this.toString()) as PartialJSONValue;
  }
  fromJSON(value: PartialJSONValue): void {
    this.fromString(JSON.stringify(value));
  }
  initialize(): void {
    this.sharedModel.clearUndoHistory();
  }

  readonly #onChanged = (_sender: unknown, change: SharedPatchChange): void => {
    if (change.hasContent) {
      this.#contentChanged.emit();
      this.dirty = true;
    }
    for (const state of change.stateChange ?? []) if (state.name === 'dirty') this.dirty = state.newValue as boolean;
  };
}

export class PatchModelFactory implements DocumentRegistry.IModelFactory<PatchModel> {
  readonly name = MODEL_NAME;
  readonly contentType = CONTENT_TYPE as Contents.ContentType;
  readonly fileFormat = 'text' as Contents.FileFormat;
  readonly collaborative = true;
  #isDisposed = false;
  get isDisposed(): boolean {
    return this.#isDisposed;
  }
  dispose(): void {
    this.#isDisposed = true;
  }
  preferredLanguage(): string {
    return '';
  }
  createNew(options?: DocumentRegistry.IModelOptions<SharedPatch>): PatchModel {
    return new PatchModel(options);
  }
}
