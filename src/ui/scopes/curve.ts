// Curve: what a node does with its params as they are heard, and how far it turns the sound down right now. What is drawn is the
// node's own (NodeType.curve). Owns the drawing and the bar of the reduction.
import type { PatchNode } from '../../core/patch.ts';
import type { ParamValues } from '../../core/param.ts';
import type { NodeShape } from '../../core/registry.ts';
import type { NodeBody } from '../canvas/node-body.ts';
import type { EditorContext } from '../context.ts';
import { heardNow } from '../controls/binding.ts';
import { css, h, s, setText } from '../dom.ts';
import { formatValue } from '../format.ts';
import { curvePaths } from './curve-path.ts';

const WIDTH = 168;
const HEIGHT = 54;
/** The bar at the right: its width, and what its whole height stands for. */
const BAR_WIDTH = 5;
const BAR_DB = 24;

export function makeCurveBody(context: EditorContext, node: PatchNode, shape: NodeShape): NodeBody {
  const { curve, probes } = shape.type;
  const hasBar = curve?.gainDb !== undefined;
  const width = hasBar ? WIDTH - BAR_WIDTH - 5 : WIDTH;
  const diagonal = s('path', { class: css('grid') });
  const trace = s('path', {
    class: css('trace', Object.values(shape.ports).some(({ type }) => type === 'audio') ? 'mod-a' : 'mod-control'),
  });
  const ground = s('rect', { class: css('curveGround'), width, height: HEIGHT });
  const plot = s('svg', { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` }, ground, diagonal, trace);
  const bar = s('rect', { class: css('reductionBar'), x: WIDTH - BAR_WIDTH, width: BAR_WIDTH, height: 0 });
  const track =
    hasBar && s('rect', { class: css('reductionTrack'), x: WIDTH - BAR_WIDTH, width: BAR_WIDTH, height: HEIGHT });
  const label = curve?.label ?? '';
  const title = s('title');
  const svg = s(
    'svg',
    { class: css('curve'), viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
    title,
    plot,
    track,
    bar,
  );
  const element = h('div', { class: css('curveBody') }, svg);
  let gainDb: number | undefined;
  let heard: ParamValues = {};

  const update = (): void => {
    const now = context.store.patch.nodes[node.id];
    const values = now && context.shapeOf(now)?.values;
    if (!curve || !values) return;
    // A knob at a param counts; of any other control only the node's own value is known here, and that is said.
    let isMoved = false;
    heard = Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        const wired = typeof value === 'number' ? heardNow(context, node.id, name) : undefined;
        isMoved ||= wired === 'signal';
        return [name, typeof wired === 'number' ? wired : value];
      }),
    );
    const paths = curvePaths(curve, heard, width, HEIGHT);
    const says = isMoved ? `${label}; wired params at their own value` : label;
    setText(title, says);
    svg.setAttribute('aria-label', says);
    trace.classList.toggle(css('mod-moved'), isMoved);
    trace.setAttribute('d', paths.line);
    diagonal.setAttribute('d', paths.diagonal);
  };
  const live = (): void => {
    const states = Object.fromEntries(probes.map(name => [name, context.engine.readProbe(node.id, name)]));
    gainDb = context.isPlaying ? curve?.gainDb?.(states, heard) : undefined;
    const share = gainDb === undefined ? 0 : Math.min(1, Math.max(0, -gainDb / BAR_DB));
    bar.setAttribute('height', (share * HEIGHT).toFixed(1));
  };
  const fact = (): string => (gainDb === undefined ? '' : formatValue(Math.min(0, gainDb), 'dB'));
  update();
  live();
  return { element, update, ...(hasBar ? { live, fact, words: () => (fact() ? `turns down by ${fact()}` : '') } : {}) };
}
