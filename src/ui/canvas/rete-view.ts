// The one file that knows rete: its area holds and moves the elements, its connection plugin finds the port under the pointer.
// Rete is only the view. It never decides anything: gestures come out as calls of `hooks`, the patch comes in as elements.
import { ClassicPreset, type GetSchemes, NodeEditor } from 'rete';
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
  readonly #elements = new Map<string, HTMLElement>();
  readonly #ports = new Map<string, readonly ViewPort[]>();
  readonly #positions = new Map<string, readonly [number, number]>();
  #queue: Promise<unknown> = Promise.resolve();
  #transform: Transform = { x: 0, y: 0, k: 1 };
  #isDisposed = false;

  constructor(container: HTMLElement, hooks: ViewHooks) {
    this.hooks = hooks;
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

  /** Where layers of our own (frames, wires, badges) go; it moves and zooms with the nodes. */
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
    void this.#area.area.zoom(next.k, 0, 0).then(() => this.#area.area.translate(next.x, next.y));
  }

  addNode(id: string, element: HTMLElement, ports: readonly ViewPort[], position: readonly [number, number]): void {
    this.#elements.set(id, element);
    this.#ports.set(id, ports);
    this.#positions.set(id, position);
    const node = new ClassicPreset.Node(id);
    node.id = id;
    this.#enqueue(() => this.#editor.addNode(node));
  }

  removeNode(id: string): void {
    this.#release(id);
    this.#elements.delete(id);
    this.#positions.delete(id);
    this.#enqueue(() => this.#editor.removeNode(id));
  }

  /** The node has other ports than before. */
  setPorts(id: string, ports: readonly ViewPort[]): void {
    this.#release(id);
    this.#ports.set(id, ports);
    if (this.#area.nodeViews.has(id)) this.#announce(id);
  }

  setPosition(id: string, position: readonly [number, number]): void {
    this.#positions.set(id, position);
    void this.#area.nodeViews.get(id)?.translate(position[0], position[1]);
  }

  addConnection(id: string, from: Endpoint, to: Endpoint): void {
    this.#enqueue(() =>
      this.#editor.addConnection({
        id,
        source: from.node,
        sourceOutput: from.port,
        target: to.node,
        targetInput: to.port,
      } as never),
    );
  }
  removeConnection(id: string): void {
    this.#enqueue(() => this.#editor.removeConnection(id));
  }

  /** Lets go of a wire that is being dragged, without connecting it. */
  cancelDrag(): void {
    this.isCancelling = true;
    this.#connection.drop();
    this.isCancelling = false;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#area.destroy();
  }

  // Rete works with promises; one queue keeps its order equal to the patch's.
  #enqueue(step: () => Promise<unknown>): void {
    this.#queue = this.#queue.then(() => (this.#isDisposed ? undefined : step())).catch(error => console.error(error));
  }

  #render(data: {
    type: string;
    element: HTMLElement;
    payload: {
      id: string;
      isPseudo?: boolean;
      source?: string;
      sourceOutput?: string;
      target?: string;
      targetInput?: string;
    };
    start?: Point;
    end?: Point;
  }): void {
    const { element, payload } = data;
    if (data.type === 'connection') {
      // Wires are drawn in one layer of our own (wires.ts), so that halos and shared trunks come out right.
      element.style.display = 'none';
      if (payload.isPseudo) this.#dragPseudo(payload, data.end ?? data.start);
      return;
    }
    if (data.type !== 'node' || element.firstChild) return;
    const own = this.#elements.get(payload.id);
    if (!own) return;
    element.className = 'jp-Neuropatch-nodeView';
    element.append(own);
    const view = this.#area.nodeViews.get(payload.id);
    view?.dragHandler.destroy();
    const [x, y] = this.#positions.get(payload.id) ?? [0, 0];
    void view?.translate(x, y);
    this.#announce(payload.id);
  }

  #dragPseudo(
    payload: { source?: string; sourceOutput?: string; target?: string; targetInput?: string },
    to: Point | undefined,
  ): void {
    if (!to) return;
    const origin: PortRef = payload.source
      ? { node: payload.source, port: payload.sourceOutput ?? '', direction: 'outlet' }
      : { node: payload.target ?? '', port: payload.targetInput ?? '', direction: 'inlet' };
    this.hooks.drag(origin, this.pointer);
  }

  #announce(id: string): void {
    for (const port of this.#ports.get(id) ?? []) {
      const data = {
        type: 'socket',
        nodeId: id,
        key: port.name,
        side: port.direction === 'outlet' ? 'output' : 'input',
        element: port.element,
        payload: {},
        filled: true,
      };
      void this.#area.emit({ type: 'render', data } as never);
    }
  }
  #release(id: string): void {
    for (const port of this.#ports.get(id) ?? [])
      void this.#area.emit({ type: 'unmount', data: { element: port.element } } as never);
    this.#ports.delete(id);
  }
}
