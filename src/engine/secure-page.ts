// Whether the page may make sound at all. Owns the one text about it. Must stay tiny: the interface asks before anything plays.
import type { Problem } from '../core/errors.ts';

/** E-SECURE-CONTEXT where the browser has no audio worklet for this page; undefined where it has. */
export const insecurePage = (): Problem | undefined =>
  globalThis.isSecureContext && typeof AudioWorkletNode !== 'undefined'
    ? undefined
    : {
        code: 'E-SECURE-CONTEXT',
        severity: 'error',
        path: 'page',
        message: `page: expected https or localhost, got ${location.origin}. Open JupyterLab through https or on localhost: only there do browsers play sound from code. Editing works.`,
      };
