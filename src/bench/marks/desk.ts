// Works of the patches that several marks play, in Node and in the audio thread alike. Must not know their goals.
import type { KernelForm } from '../../core/kernels.ts';
import { bringRelaxed } from '../../simd/module.ts';
import type { Work } from '../mark.ts';
import { fiftyNodes, moveTen } from '../patches/fifty-nodes.ts';
import { tenEffects } from '../patches/ten-effects.ts';
import { playPatch } from '../play.ts';

export interface DeskOptions {
  readonly kernelForm?: KernelForm;
  readonly isMoving?: boolean;
}

export const playTenEffects = (options: DeskOptions): Work => playPatch({ patch: tenEffects(), ...options });

/** The same on the kernels' second build, whose bytes these are. */
export function playTenRelaxed(build: Uint8Array<ArrayBuffer>): Work {
  bringRelaxed(build);
  return playTenEffects({ kernelForm: 'relaxed' });
}

export const playFiftyNodes = ({ isMoving = false, ...options }: DeskOptions): Work =>
  playPatch({ patch: fiftyNodes(), ...options, ...(isMoving ? { before: moveTen } : {}) });
