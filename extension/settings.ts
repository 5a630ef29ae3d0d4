// The settings of the editor as plain values. Owns their names and defaults, which schema/plugin.json repeats for people.
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Token } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { SAMPLE_RATE_DEFAULT_HZ } from '../src/core/sample-rates.ts';
import { SETTINGS_PLUGIN } from './tokens.ts';

export interface EditorSettings {
  /** What the browser is asked for: shortest delay, or fewest dropouts. */
  readonly latencyHint: 'interactive' | 'balanced' | 'playback';
  /** Sample rate of new patches in Hz. */
  readonly sampleRateHz: number;
  /** Live playing may use fused multiply-add. */
  readonly relaxedSimd: boolean;
}

const DEFAULTS: EditorSettings = {
  latencyHint: 'interactive',
  sampleRateHz: SAMPLE_RATE_DEFAULT_HZ,
  relaxedSimd: false,
};

/** Holds the current values and tells when a person changed them. */
export class Settings {
  readonly changed = new Signal<this, EditorSettings>(this);
  #values = DEFAULTS;

  get values(): EditorSettings {
    return this.#values;
  }

  /** Follows JupyterLab's settings; without a registry the defaults hold. */
  async follow(registry: ISettingRegistry): Promise<void> {
    const settings = await registry.load(SETTINGS_PLUGIN);
    const read = (): void => {
      this.#values = { ...DEFAULTS, ...(settings.composite as Partial<EditorSettings>) };
      this.changed.emit(this.#values);
    };
    settings.changed.connect(read);
    read();
  }
}

/** The settings, for the plugins of this extension. */
export const IEditorSettings = new Token<Settings>('neuropatch:IEditorSettings', 'The settings of the patch editor.');

export const settingsPlugin: JupyterFrontEndPlugin<Settings> = {
  id: 'neuropatch:settings',
  description: 'The settings of the patch editor.',
  autoStart: true,
  provides: IEditorSettings,
  optional: [ISettingRegistry],
  activate: (_app: JupyterFrontEnd, registry: ISettingRegistry | null) => {
    const settings = new Settings();
    if (registry) void settings.follow(registry);
    return settings;
  },
};
