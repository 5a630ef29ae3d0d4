// Plugin: patch and bundle files. Owns file types, model and widget factories, the tracker and restoring after a reload.
import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { BundleViewerFactory } from '../document/bundle-viewer.ts';
import { type PatchDocument, PatchWidgetFactory } from '../document/patch-document.ts';
import { CONTENT_TYPE, MODEL_NAME, PatchModelFactory } from '../document/patch-model.ts';
import { SharedPatch } from '../document/shared-patch.ts';
import { PATCH_MIME } from '../../src/core/patch.ts';
import { bundleIcon, patchIcon } from '../icons.ts';
import { IEditorSettings, type Settings } from '../settings.ts';
import {
  BUNDLE_FACTORY,
  BUNDLE_FILE_TYPE,
  EDITOR_FACTORY,
  IPatchTracker,
  PATCH_FILE_TYPE,
  SETTINGS_PLUGIN,
} from '../tokens.ts';

function addFileTypes({ docRegistry }: JupyterFrontEnd): void {
  docRegistry.addFileType({
    name: PATCH_FILE_TYPE,
    displayName: 'Audio Patch',
    extensions: ['.npatch'],
    mimeTypes: [PATCH_MIME],
    fileFormat: 'text',
    contentType: 'file',
    icon: patchIcon,
  });
  docRegistry.addFileType({
    name: BUNDLE_FILE_TYPE,
    displayName: 'Audio Model Bundle',
    extensions: ['.npbundle'],
    mimeTypes: ['application/vnd.neuropatch.bundle+zip'],
    fileFormat: 'base64',
    contentType: 'file',
    icon: bundleIcon,
  });
}

export const documentsPlugin: JupyterFrontEndPlugin<IPatchTracker> = {
  id: SETTINGS_PLUGIN,
  description: 'Opens visual audio patches.',
  autoStart: true,
  provides: IPatchTracker,
  requires: [IEditorSettings],
  optional: [ILayoutRestorer, IDefaultFileBrowser, ICollaborativeContentProvider],
  activate: (
    app: JupyterFrontEnd,
    settings: Settings,
    restorer: ILayoutRestorer | null,
    browser: IDefaultFileBrowser | null,
    collaboration: ICollaborativeContentProvider | null,
  ) => {
    addFileTypes(app);
    // Only with the collaboration extension does the server write the file, through the Python twin of the shared patch.
    collaboration?.sharedModelFactory.registerDocumentFactory(CONTENT_TYPE, () => SharedPatch.create());
    app.docRegistry.addModelFactory(new PatchModelFactory());
    const factory = new PatchWidgetFactory(
      {
        name: EDITOR_FACTORY,
        modelName: MODEL_NAME,
        fileTypes: [PATCH_FILE_TYPE],
        defaultFor: [PATCH_FILE_TYPE],
        ...(collaboration ? { contentProviderId: 'rtc' } : {}),
      },
      {
        contents: app.serviceManager.contents,
        commands: app.commands,
        settings,
        documentManager: browser?.model.manager,
      },
    );
    const tracker = new WidgetTracker<PatchDocument>({ namespace: 'neuropatch' });
    factory.widgetCreated.connect((_, widget) => {
      widget.context.pathChanged.connect(() => void tracker.save(widget));
      void tracker.add(widget);
    });
    app.docRegistry.addWidgetFactory(factory);
    app.docRegistry.addWidgetFactory(
      new BundleViewerFactory({
        name: BUNDLE_FACTORY,
        modelName: 'base64',
        fileTypes: [BUNDLE_FILE_TYPE],
        defaultFor: [BUNDLE_FILE_TYPE],
        readOnly: true,
      }),
    );
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: widget => ({ path: widget.context.path, factory: EDITOR_FACTORY }),
      name: widget => widget.context.path,
    });
    return tracker;
  },
};
