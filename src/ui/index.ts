// What the extension uses of the interface. Nothing else of src/ui is meant for outside.
export { type Editor, mountEditor } from './editor.ts';
export { mountInspector } from './inspector/inspector.ts';
export { mountPalette, NODE_TYPE_MIME, type PaletteOptions } from './palette/palette.ts';
export { mountToolbar } from './toolbar/toolbar.ts';
export { patchToSvg, type PictureTheme } from './picture.ts';
export { Session, type Selection } from './session.ts';
export type { EditorCallbacks, EditorOptions } from './context.ts';
export type {
  ConnectionFacts,
  EngineState,
  EngineView,
  LiveFacts,
  PlanFacts,
  TransportFacts,
  WireProbe,
} from './engine-view.ts';
