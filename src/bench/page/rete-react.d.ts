// What the benchmark uses of a peer that is no package of the product.
declare module 'react-dom/client' {
  export function createRoot(container: Element): { render(children: unknown): void; unmount(): void };
}
declare module 'rete-react-plugin' {
  import type { Scope } from 'rete';
  export type ReactArea2D<_Schemes> = never;
  export const Presets: { readonly classic: { setup(): unknown } };
  // biome-ignore lint/suspicious/noExplicitAny: the types are the peer's
  export class ReactPlugin<_Schemes, _Signals> extends Scope<any, any> {
    constructor(options: { createRoot: unknown });
    addPreset(preset: unknown): void;
  }
}
