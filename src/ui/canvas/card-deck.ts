// The cards of the nodes that are seen near: makes them a few a frame, takes away what is out of sight, and draws what sounds on them.
// A card that was made is kept: what a scope has drawn is there again when its node is. Must not know wires or gestures.
import type { EditorContext } from '../context.ts';
import type { NodeBox } from './node-box.ts';
import { NodeCard } from './node-card.ts';
import type { ReteView } from './rete-view.ts';

/** Cards that one frame puts on the page: a patch of a usual size in one or two, and a large one without holding up the page. */
const CARDS_A_FRAME = 24;

export class CardDeck {
  /** Cards on the page. */
  readonly shown = new Map<string, NodeCard>();
  /** Called with every card that comes onto the page. */
  readonly onShow = new Set<(card: NodeCard) => void>();
  readonly #context: EditorContext;
  readonly #view: ReteView;
  readonly #made = new Map<string, NodeCard>();
  #waiting: NodeBox[] = [];
  #request = 0;

  constructor(context: EditorContext, view: ReteView) {
    this.#context = context;
    this.#view = view;
  }

  /** Whether a card is still on its way onto the page. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Wants the cards of `near` on the page, in this order, and none but those of `kept` beside them. */
  want(near: readonly NodeBox[], kept: (box: NodeBox) => boolean): void {
    const wanted = new Set(near);
    // What somebody types or turns stays, wherever it is.
    for (const [id, { box, element }] of this.shown)
      if (!wanted.has(box) && !kept(box) && !element.contains(document.activeElement)) this.#hide(id);
    this.#waiting = near.filter(box => !this.shown.has(box.id));
    if (this.#request === 0) this.#showNext();
  }

  /** Puts the card of one node on the page now. */
  show(box: NodeBox): NodeCard | undefined {
    const node = this.#context.store.patch.nodes[box.id];
    const there = this.shown.get(box.id);
    if (there || !node) return there;
    let card = this.#made.get(box.id);
    if (card?.box !== box) {
      card = new NodeCard(this.#context, node, box);
      this.#made.set(box.id, card);
    } else card.update(node);
    card.updateFacts();
    this.shown.set(box.id, card);
    this.#view.addNode(box.id, card.element, card.viewPorts, box.position);
    for (const listener of this.onShow) listener(card);
    return card;
  }

  /** The document or what is loaded changed a node: its card is drawn anew and returned if it is on the page. */
  update(box: NodeBox): NodeCard | undefined {
    const card = this.shown.get(box.id);
    const node = this.#context.store.patch.nodes[box.id];
    if (!card || !node) return undefined;
    this.#view.setPosition(box.id, box.position);
    if (card.update(node)) this.#view.setPorts(box.id, card.viewPorts);
    return card;
  }

  /** The node is gone. */
  remove(id: string): void {
    this.#hide(id);
    this.#made.delete(id);
    this.#waiting = this.#waiting.filter(box => box.id !== id);
  }

  dispose(): void {
    cancelAnimationFrame(this.#request);
  }

  readonly #showNext = (): void => {
    this.#request = 0;
    for (const box of this.#waiting.splice(0, CARDS_A_FRAME)) this.show(box);
    if (this.isWaiting) this.#request = requestAnimationFrame(this.#showNext);
  };

  #hide(id: string): void {
    if (this.shown.delete(id)) this.#view.removeNode(id);
  }
}
