// Opens a bundle as a card: what it is, what goes in and out, what it was checked for. Read-only; nothing is played or changed.
import { ABCWidgetFactory, type DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import { Widget } from '@lumino/widgets';
import { bundleIcon } from '../icons.ts';

export class BundleViewerFactory extends ABCWidgetFactory<DocumentWidget> {
  protected override createNewWidget(context: DocumentRegistry.Context): DocumentWidget {
    const content = new Widget();
    content.addClass('jp-Neuropatch-Bundle');
    void Promise.all([import(/* webpackChunkName: "bundle" */ '../editor/bundle-card.ts'), context.ready]).then(
      ([{ mountBundleCard }]) => {
        if (!content.isDisposed) mountBundleCard(content.node, context.model.toString(), context.path);
      },
    );
    const widget = new DocumentWidget({ context, content });
    widget.title.icon = bundleIcon;
    widget.toolbar.hide();
    return widget;
  }
}
