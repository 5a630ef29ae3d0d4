// In JupyterLab's page: when it is restored, what was fetched, when a patch is drawn and a sound heard. Must not know how often it is asked.
import type { Fetched } from './fetched.ts';

interface View {
  readonly live?: { readonly secondsPlayed: number } | undefined;
}
/** The part of JupyterLab and of the extension that is looked at. */
interface Lab {
  readonly restored: Promise<void>;
  readonly commands: { execute(id: string, args: object): Promise<unknown> };
  readonly shell: {
    readonly currentWidget: {
      readonly content: { readonly editor: { readonly open: { readonly session: { readonly view: View } } } };
    };
  };
}
declare const jupyterapp: Lab;

const OWN = '/lab/extensions/neuropatch/';

function fetched(): Fetched {
  const entries = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  const own = entries.filter(({ name }) => name.includes(OWN));
  let ms = 0;
  let end = 0;
  for (const { startTime, responseEnd } of own.toSorted((a, b) => a.startTime - b.startTime)) {
    ms += Math.max(0, responseEnd - Math.max(end, startTime));
    end = Math.max(end, responseEnd);
  }
  const bytes = own.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0);
  return { files: own.length, requests: own.filter(({ transferSize }) => transferSize > 0).length, bytes, ms };
}

let heard: Promise<number> | undefined;

Object.assign(globalThis, {
  benchStart: {
    /** ms from the navigation. */
    async restored(): Promise<number> {
      await jupyterapp.restored;
      return performance.now();
    },
    fetched,
    /** ms from the command until nodes and wires are drawn. */
    async open(path: string): Promise<number> {
      const begin = performance.now();
      void jupyterapp.commands.execute('docmanager:open', { path });
      do await new Promise(resolve => requestAnimationFrame(resolve));
      while (!document.querySelector('.jp-Neuropatch-Canvas [data-node]'));
      await new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
      return performance.now() - begin;
    },
    /** Waits for the click on Play. */
    listen(): void {
      const { view } = jupyterapp.shell.currentWidget.content.editor.open.session;
      const measure = async (): Promise<number> => {
        const begin = performance.now();
        while (!((view.live?.secondsPlayed ?? 0) > 0)) await new Promise(resolve => setTimeout(resolve, 2));
        return performance.now() - begin;
      };
      const button = document.querySelector('.jp-Neuropatch-start') as HTMLElement;
      heard = new Promise(resolve =>
        button.addEventListener('click', () => resolve(measure()), { capture: true, once: true }),
      );
    },
    /** ms from that click until the audio thread has told of frames that it played. */
    heard: (): Promise<number> | undefined => heard,
  },
});
