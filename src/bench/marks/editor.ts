// Mark: a patch of 1,000 nodes opens at once and follows the hand, beside rete's own renderer on the same graph.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Patch } from '../../core/patch.ts';
import { registry } from '../../generated/registry.ts';
import { largePatch } from '../large-patch.ts';
import type { Bench, Mark } from '../mark.ts';
import { cloneFolder } from '../places.ts';
import { median, percentile } from '../statistics.ts';
import type { OpenDrawing, Opened, PanFrames, ZoomTo } from './drawn.ts';

const NODES = 1000;
const CONNECTIONS = 1200;
const QUICK_NODES = 200;
const QUICK_CONNECTIONS = 220;
const FRAMES = 120;
/** Frames that are not counted: the first ones of a drag. */
const FRAMES_BEFORE = 5;

declare const benchOpen: OpenDrawing;
declare const benchPan: PanFrames;
declare const benchZoom: ZoomTo;

/** Small enough for a hundred nodes in the window, large enough for each to have elements of its own. */
const MANY_CARDS = 0.41;
/** Steps to and fro among them: more than is ready around the window. */
const REACH = 60;

interface Measured extends Opened {
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** All styles of the editor; JupyterLab's own variables are not needed for their cost. */
function editorStyle(): string {
  const folder = join(cloneFolder ?? '', 'style');
  const names = readdirSync(folder).filter(name => name.endsWith('.css'));
  return names.map(name => readFileSync(join(folder, name), 'utf8').replace(/@import.*?;/g, '')).join('\n');
}

type Page = NonNullable<Awaited<ReturnType<Bench['page']>>>;

async function measure(page: Page | undefined, patch: Patch): Promise<Measured | undefined> {
  if (!page) return undefined;
  const opened = await page.evaluate(given => benchOpen(given), patch as never);
  const times = await page.evaluate(frames => benchPan(frames), FRAMES_BEFORE + FRAMES);
  const counted = times.slice(FRAMES_BEFORE);
  return { ...opened, medianMs: median(counted), p95Ms: percentile(counted, 0.95) };
}

/** Frames while nodes with elements come and go, in ms. */
async function measureNear(page: Page | undefined): Promise<readonly number[] | undefined> {
  if (!page) return undefined;
  await page.evaluate(scale => benchZoom(scale), MANY_CARDS);
  const times = await page.evaluate(([frames, reach]) => benchPan(frames, reach), [FRAMES_BEFORE + FRAMES, REACH]);
  return times.slice(FRAMES_BEFORE);
}

export const editorMark: Mark = {
  id: 'editor',
  title: 'The editor at scale',
  text: `A patch of ${NODES} nodes and ${CONNECTIONS} connections in headless Chromium without a GPU: from the patch to all drawn, and how long a frame takes while it is panned with all in view.`,
  peers: ['rete'],
  heats: 3,
  goals: [
    { figure: 'open, ms', words: 'ms until all is drawn', atMost: 2000 },
    { figure: 'frame, ms', words: 'ms a frame while panned, median', atMost: 33 },
    {
      figure: 'share of the nodes drawn',
      words: 'of the nodes are there when the clock stops',
      atLeast: 1,
      isWorst: true,
    },
    { figure: 'open, × rete', words: '× rete-react-plugin, opening', atLeast: 1, peer: 'rete' },
    { figure: 'frame, × rete', words: '× rete-react-plugin, frames while panned', atLeast: 1, peer: 'rete' },
  ],
  async heat(bench) {
    const patch = bench.isQuick
      ? largePatch(registry, QUICK_NODES, QUICK_CONNECTIONS)
      : largePatch(registry, NODES, CONNECTIONS);
    const page = await bench.page('editor', { files: () => ({ '/style.css': editorStyle() }) });
    const ours = await measure(page, patch);
    const near = await measureNear(page);
    const rete = await measure(await bench.page('editor-rete', { peer: 'rete' }), patch);
    const ratio = (key: 'openMs' | 'medianMs'): number | undefined =>
      ours && rete ? rete[key] / ours[key] : undefined;
    return {
      notes: [
        'With all in view, ours paints nodes and wires on one canvas; rete-react-plugin draws every node in full at any zoom. Ours includes making the plan.',
      ],
      figures: {
        'open, ms': ours?.openMs,
        'frame, ms': ours?.medianMs,
        'frame p95, ms': ours?.p95Ms,
        'seen before the plan, ms': ours?.seenMs,
        'share of the nodes drawn': ours && (ours.nodesDrawn ?? 0) / Object.keys(patch.nodes).length,
        'frame at 41 %, ms': near && median(near),
        'frame at 41 % p95, ms': near && percentile(near, 0.95),
        'longest task, ms': ours?.longestTaskMs,
        elements: ours?.elements,
        'open, × rete': ratio('openMs'),
        'frame, × rete': ratio('medianMs'),
        'rete open, ms': rete?.openMs,
        'rete frame, ms': rete?.medianMs,
        'rete frame p95, ms': rete?.p95Ms,
        'rete longest task, ms': rete?.longestTaskMs,
        'rete elements': rete?.elements,
      },
    };
  },
};
