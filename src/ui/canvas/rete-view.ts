// The one file that knows rete: its area holds and moves the elements, its connection plugin finds the port under the pointer.
// Rete is only the view. It never decides anything: gestures come out as calls of `hooks`, the patch comes in as elements.
import { type ClassicPreset, type GetSchemes, NodeEditor } from 'rete';
import { AreaPlugin } from 'rete-area-plugin';
import { ConnectionPlugin, Flow, type SocketData } from 'rete-connection-plugin';
import type { Endpoint } from '../../core/patch.ts';
import type { PortDirection } from '../../core/port.ts';
import type { Point } from './wire-path.ts';

type Schemes = GetSchemes<ClassicPreset.Node, ClassicPreset.Connection<ClassicPreset.Node, ClassicPreset.Node>>;
type Pick = Parameters<Flow<Schemes, []>['pick']>[0];

export interface ViewPort {
  readonly name: string;
  readonly direction: PortDirection;
  readonly element: HTMLElement;
}
export interface PortRef extends Endpoint {
  readonly direction: PortDirection;
}
export interface Transform extends Point {
  /** Zoom: 1 = 100 %. */
  readonly k: number;
}

export interface ViewHooks {
  /** A drag begins at a port; returns the outlet (or inlet) that the wire then hangs on. */
  pick(port: PortRef): PortRef;
  /** The loose end moves. */
  drag(origin: PortRef, to: Point): void;
  /** The loose end is let go, over a port or over nothing. */
  drop(origin: PortRef, target: PortRef | undefined, at: Point): void;
  cancel(): void;
}

const toRef = (socket: SocketData): PortRef => ({
  node: socket.nodeId,
  port: socket.key,
  direction: socket.side === 'output' ? 'outlet' : 'inlet',
});
const toSocket = (ref: PortRef, element: HTMLElement): SocketData => ({
  type: 'socket',
  nodeId: ref.node,
  key: ref.port,
  side: ref.direction === 'outlet' ? 'output' : 'input',
  element,
});

/** One gesture from port to port. */
class WireFlow extends Flow<Schemes, never[]> {
  readonly #view: ReteView;
  #picked: SocketData | undefined;
  constructor(view: ReteView) {
    super();
    this.#view = view;
  }
  async pick({ socket, event }: Pick): Promise<void> {
    if (!this.#picked) {
      if (event === 'down') this.#picked = toSocket(this.#view.hooks.pick(toRef(socket)), socket.element);
      return;
    }
    if (event !== 'up') return;
    const origin = this.#picked;
    this.#picked = undefined;
    this.#view.hooks.drop(toRef(origin), toRef(socket), this.#view.pointer);
  }
  getPickedSocket(): SocketData | undefined {
    return this.#picked;
  }
  drop(): void {
    const origin = this.#picked;
    this.#picked = undefined;
    if (!origin) return;
    if (this.#view.isCancelling) this.#view.hooks.cancel();
    else this.#view.hooks.drop(toRef(origin), undefined, this.#view.pointer);
  }
}

export class ReteView {
  readonly hooks: ViewHooks;
  isCancelling = false;
  readonly #editor = new NodeEditor<Schemes>();
  readonly #area: AreaPlugin<Schemes>;
  readonly #connection: ConnectionPlugin<Schemes>;
  readonly #nodes = new Map<string, { readonly element: HTMLElement; ports: readonly ViewPort[] }>();
  readonly #ground: HTMLElement;
  #transform: Transform = { x: 0, y: 0, k: 1 };

  /** `ground` lies below all that is in the holder, and moves and zooms with it. */
  constructor(container: HTMLElement, ground: HTMLElement, hooks: ViewHooks) {
    this.hooks = hooks;
    this.#ground = ground;
    this.#area = new AreaPlugin<Schemes>(container);
    this.#connection = new ConnectionPlugin<Schemes>();
    this.#editor.use(this.#area);
    this.#area.use(this.#connection as never);
    this.#connection.addPreset(() => new WireFlow(this) as never);
    // Pan, zoom and node drags are ours (gestures.ts): they need snapping, marquee, wheel and cancelling.
    this.#area.area.setDragHandler(null);
    this.#area.area.setZoomHandler(null);
    this.#area.addPipe(context => {
      if (typeof context === 'object' && context !== null && 'type' in context && context.type === 'render')
        this.#render(context.data as never);
      return context;
    });
  }

  /** Where layers of our own (wires, badges) go; it moves and zooms with the nodes. */
  get holder(): HTMLElement {
    return this.#area.area.content.holder;
  }
  /** The pointer on the canvas, in px at 100 %. */
  get pointer(): Point {
    return this.#area.area.pointer;
  }
  get transform(): Transform {
    return this.#transform;
  }

  setTransform(next: Transform): void {
    this.#transform = next;
    this.#ground.style.transform = `translate(${next.x}px, ${next.y}px) scale(${next.k})`;
    void this.#area.area.zoom(next.k, 0, 0).then(() => this.#area.area.translate(next.x, next.y));
  }

  /** Puts a node's element on the canvas. */
  addNode(id: string, own: HTMLElement, ports: readonly ViewPort[], position: readonly [number, number]): void {
    const element = document.createElement('div');
    element.className = 'jp-Neuropatch-nodeView';
    element.append(own);
    this.#nodes.set(id, { element, ports });
    this.setPosition(id, position);
    this.holder.append(element);
    this.#announce(id, ports);
  }

  removeNode(id: string): void {
    const node = this.#nodes.get(id);
    if (!node) return;
    this.#release(node.ports);
    node.element.remove();
    this.#nodes.delete(id);
  }

  /** The node has other ports than before. */
  setPorts(id: string, ports: readonly ViewPort[]): void {
    const node = this.#nodes.get(id);
    if (!node) return;
    this.#release(node.ports);
    node.ports = ports;
    this.#announce(id, ports);
  }

  setPosition(id: string, [x, y]: readonly [number, number]): void {
    const node = this.#nodes.get(id);
    if (node) node.element.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** Lets go of a wire that is being dragged, without connecting it. */
  cancelDrag(): void {
    this.isCancelling = true;
    this.#connection.drop();
    this.isCancelling = false;
  }

  dispose(): void {
    this.#area.destroy();
  }

  /** Rete draws the wire that hangs on the pointer, and nothing else: nodes and wires are elements of our own. */
  #render(data: {
    type: string;
    element: HTMLElement;
    payload: { source?: string; sourceOutput?: string; target?: string; targetInput?: string };
    start?: Point;
    end?: Point;
  }): void {
    if (data.type !== 'connection') return;
    data.element.style.display = 'none';
    if (!(data.end ?? data.start)) return;
    const { source, sourceOutput = '', target = '', targetInput = '' } = data.payload;
    const origin: PortRef = source
      ? { node: source, port: sourceOutput, direction: 'outlet' }
      : { node: target, port: targetInput, direction: 'inlet' };
    this.hooks.drag(origin, this.pointer);
  }

  #announce(nodeId: string, ports: readonly ViewPort[]): void {
    for (const { name, direction, element } of ports) {
      const socket = toSocket({ node: nodeId, port: name, direction }, element);
      void this.#area.emit({ type: 'render', data: { ...socket, payload: {}, filled: true } } as never);
    }
  }
  #release(ports: readonly ViewPort[]): void {
    for (const { element } of ports) void this.#area.emit({ type: 'unmount', data: { element } } as never);
  }
}
