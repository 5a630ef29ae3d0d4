// Where a node lies on the canvas: its place, size and ports, computed. Every node of the patch has one; only those that are seen near
// have a card as well (node-card.ts). No DOM.
import type { PatchNode } from '../../core/patch.ts';
import type { NodeShape } from '../../core/registry.ts';
import type { EditorContext } from '../context.ts';
import { layoutNode, layoutUnknown, type NamedEnds, type NodeLayout, type PortSpot } from './layout.ts';
import type { Rect } from './wire-path.ts';

export class NodeBox implements Rect {
  readonly id: string;
  position: readonly [number, number] = [0, 0];
  layout: NodeLayout;
  shape: NodeShape | undefined;
  /** All that a card is built from: as long as it stays, the card's elements do. */
  key = '';

  constructor(context: EditorContext, node: PatchNode, ends: NamedEnds) {
    this.id = node.id;
    this.layout = layoutUnknown(node, [], []);
    this.update(context, node, ends);
  }

  /** Takes over the node as the document has it. Returns whether its ports or size changed. */
  update(context: EditorContext, node: PatchNode, ends: NamedEnds): boolean {
    this.position = node.position;
    this.shape = context.shapeOf(node);
    this.layout = this.shape ? layoutNode(this.shape, ends) : layoutUnknown(node, ends.inlets, ends.outlets);
    const ports = [...this.ports].map(port => `${port.name}:${port.type}:${port.direction}`);
    const key = `${node.type} ${this.layout.height} ${ports.join()} ${this.layout.rows.join()}`;
    const isNew = key !== this.key;
    this.key = key;
    return isNew;
  }

  get ports(): IterableIterator<PortSpot> {
    return this.layout.ports.values();
  }
  get x(): number {
    return this.position[0];
  }
  get y(): number {
    return this.position[1];
  }
  get width(): number {
    return this.layout.width;
  }
  get height(): number {
    return this.layout.height;
  }
}
