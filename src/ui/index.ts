// What the extension uses of the interface. Nothing else of src/ui is meant for outside.

export type { EditorCallbacks, EditorOptions } from './context.ts';
export { type Editor, mountEditor } from './editor.ts';
export type {
  ConnectionFacts,
  EngineState,
  EngineView,
  LiveFacts,
  PlanFacts,
  TransportFacts,
  WireProbe,
} from './engine-view.ts';
export { mountInspector } from './inspector/inspector.ts';
export { mountPalette, NODE_TYPE_MIME, type PaletteOptions } from './palette/palette.ts';
export { type PictureTheme, patchToSvg } from './picture.ts';
export { type Selection, Session } from './session.ts';
export { mountToolbar } from './toolbar/toolbar.ts';
