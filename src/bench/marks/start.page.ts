// In JupyterLab's page: when it is restored, a patch is drawn, a sound is heard. Must not know how often it is asked.

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

let heard: Promise<number> | undefined;

Object.assign(globalThis, {
  benchStart: {
    /** ms from the navigation. */
    async restored(): Promise<number> {
      await jupyterapp.restored;
      return performance.now();
    },
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
