// The microphone follows the plan: open while a node listens to it, else closed. Owns that rule; how it is opened is the shell's.
import type { Registry } from '../core/registry.ts';
import type { Plan } from '../plan/plan.ts';
import type { Link } from './link.ts';
import { liveInputs } from './live-inputs.ts';

/**
 * Nothing waits: a person may take minutes to answer the browser's question, and a patch plays without its microphone. `tell`
 * is called with what went wrong, or with nothing once it is open.
 */
export function followMicrophone(
  link: Link,
  plan: Plan | undefined,
  registry: Registry,
  tell: (error?: unknown) => void,
): void {
  if (plan && liveInputs(plan, registry).length > 0) link.openMicrophone().then(() => tell(), tell);
  else link.shell.closeMicrophone();
}
