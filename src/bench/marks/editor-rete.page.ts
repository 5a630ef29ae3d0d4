// A page with the same patch drawn by rete's own renderer for React, set up as its documentation does. Must not know ours.
import { createRoot } from 'react-dom/client';
import { ClassicPreset, type GetSchemes, NodeEditor } from 'rete';
import { AreaPlugin } from 'rete-area-plugin';
import { Presets, type ReactArea2D, ReactPlugin } from 'rete-react-plugin';
import { portOrParam, shapeNode } from '../../core/registry.ts';
import { registry } from '../../generated/registry.ts';
import { boundsOf } from '../../ui/canvas/bounds.ts';
import { fitTransform } from '../../ui/canvas/viewport.ts';
import { dragFrames, nextFrame, timeOpening } from '../page/frames.ts';
import type { OpenDrawing, PanFrames } from './drawn.ts';

type Schemes = GetSchemes<ClassicPreset.Node, ClassicPreset.Connection<ClassicPreset.Node, ClassicPreset.Node>>;

const host = document.createElement('div');

const open: OpenDrawing = async patch => {
  host.style.cssText = 'position: absolute; inset: 0; overflow: hidden;';
  document.body.append(host);
  // As large as it draws a node, about.
  const rects = Object.values(patch.nodes).map(({ position: [x, y] }) => ({ x, y, width: 200, height: 200 }));
  const transform = fitTransform(boundsOf(rects) ?? { x: 0, y: 0, width: 1, height: 1 }, innerWidth, innerHeight);
  const socket = new ClassicPreset.Socket('any');
  const nodeCount = Object.keys(patch.nodes).length;
  const wireCount = Object.keys(patch.connections).length;
  const isDrawn = (): boolean =>
    host.querySelectorAll('[data-testid=node]').length === nodeCount &&
    [...host.querySelectorAll('[data-testid=connection] path')].filter(path => path.getAttribute('d')).length >=
      wireCount;
  const times = await timeOpening(async () => {
    const editor = new NodeEditor<Schemes>();
    const area = new AreaPlugin<Schemes, ReactArea2D<Schemes>>(host);
    const render = new ReactPlugin<Schemes, ReactArea2D<Schemes>>({ createRoot });
    render.addPreset(Presets.classic.setup());
    editor.use(area);
    area.use(render);
    await area.area.zoom(transform.k, 0, 0);
    await area.area.translate(transform.x, transform.y);
    // A socket for each port and each param that has a wire, and one control, as on ours.
    const wired = Object.values(patch.connections);
    for (const { id, type, label, position } of Object.values(patch.nodes)) {
      const definition = registry.get(type);
      if (!definition) continue;
      const shape = shapeNode(definition, patch.nodes[id], {}, patch.sampleRateHz);
      const node = new ClassicPreset.Node(label || definition.label);
      node.id = id;
      const names = new Set([
        ...Object.keys(shape.ports),
        ...wired.filter(({ to }) => to.node === id).map(({ to }) => to.port),
        ...wired.filter(({ from }) => from.node === id).map(({ from }) => from.port),
      ]);
      for (const name of names)
        if (portOrParam(shape, name)?.direction === 'outlet')
          node.addOutput(name, new ClassicPreset.Output(socket, name));
        else node.addInput(name, new ClassicPreset.Input(socket, name, true));
      node.addControl('value', new ClassicPreset.InputControl('number', { initial: 0 }));
      await editor.addNode(node);
      await area.translate(id, { x: position[0], y: position[1] });
    }
    for (const { from, to } of wired) {
      const [source, target] = [editor.getNode(from.node), editor.getNode(to.node)];
      if (!source || !target) continue;
      if (!source.outputs[from.port]) source.addOutput(from.port, new ClassicPreset.Output(socket, from.port));
      await editor.addConnection(new ClassicPreset.Connection(source, from.port as never, target, to.port as never));
    }
    while (!isDrawn()) await nextFrame();
  });
  return { ...times, elements: host.querySelectorAll('*').length };
};

const pan: PanFrames = frames => dragFrames(host, 0, frames);

Object.assign(globalThis, { benchOpen: open, benchPan: pan });
