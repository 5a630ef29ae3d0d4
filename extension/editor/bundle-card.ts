// The card of a bundle: its manifest in words. Part of the lazily loaded chunk; changes nothing and runs no model.
import { readBundle } from '../../src/compile/bundle.ts';
import type { BundleManifest } from '../../src/compile/manifest.ts';
import { PatchError } from '../../src/core/errors.ts';
import { css, h } from '../../src/ui/dom.ts';
import { formatRate } from '../../src/ui/format.ts';
import { fromBase64 } from './base64.ts';

function facts({
  sampleRateHz,
  latencySamples,
  inputs,
  outputs,
  params,
  models,
  opset,
  ops,
  licence,
  authors,
}: BundleManifest): [string, string][] {
  const terminals = (list: BundleManifest['inputs']): string =>
    list.map(({ label, id, channels }) => `${label || id} (${channels} ch)`).join(', ') || 'none';
  return [
    ['Sample rate', formatRate(sampleRateHz)],
    ['Latency', `${latencySamples} samples`],
    ['Inputs', terminals(inputs)],
    ['Outputs', terminals(outputs)],
    [
      'Params',
      params
        .map(
          ({ label, default: value, unit, choices }) =>
            `${label} ${choices?.[value] ?? value}${unit ? ` ${unit}` : ''}`,
        )
        .join(', ') || 'none',
    ],
    ['Models', models.map(({ name, licence: terms }) => (terms ? `${name} (${terms})` : name)).join(', ') || 'none'],
    ['ONNX', `opset ${opset}, ${ops.length} operators`],
    ['Authors', authors || 'not stated'],
    ['Licence', licence || 'not stated'],
  ];
}

/** Shows the bundle whose bytes are given in base64, or why it can't be read. */
export function mountBundleCard(host: HTMLElement, base64: string, path: string): void {
  try {
    const { manifest, files } = readBundle(fromBase64(base64), path);
    const rows = facts(manifest).map(([name, value]) => h('tr', {}, h('th', {}, name), h('td', {}, value)));
    host.append(
      h(
        'div',
        { class: css('bundleCard') },
        h('h2', {}, manifest.name || path),
        manifest.description !== '' && h('p', {}, manifest.description),
        h('table', { class: css('reportTable') }, h('tbody', {}, ...rows)),
        h(
          'p',
          { class: css('second') },
          `${files.size > 0 ? 'Carries what it was checked with. ' : ''}Play it in Python: neuropatch.load("${path.split('/').at(-1)}")`,
        ),
      ),
    );
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    host.append(
      h(
        'div',
        { class: css('unreadable'), role: 'alert' },
        h('h2', {}, 'This file can’t be opened as a bundle'),
        ...error.problems.map(problem => h('p', {}, h('code', {}, problem.code), ` ${problem.message}`)),
      ),
    );
  }
}
