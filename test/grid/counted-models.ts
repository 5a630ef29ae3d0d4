// A runtime that counts its runners: how many were made, and how many nobody has let go. Everything else is the real one's.
import type { Inference } from '../../src/core/model-runner.ts';

export interface CountedModels extends Inference {
  readonly made: number;
  readonly alive: number;
}

export function countedModels(models: Inference): CountedModels {
  let [made, alive] = [0, 0];
  return {
    get made() {
      return made;
    },
    get alive() {
      return alive;
    },
    createRunner(...call) {
      const runner = models.createRunner(...call);
      made++;
      alive++;
      let isAlive = true;
      const dispose = runner.dispose.bind(runner);
      runner.dispose = () => {
        if (isAlive) alive--;
        isAlive = false;
        dispose();
      };
      return runner;
    },
    dispose: () => models.dispose(),
  };
}
