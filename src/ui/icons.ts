// Icons of the product as elements. The drawings are in icon-paths.ts.
import { css, s } from './dom.ts';
import { type IconName, iconPath } from './icon-paths.ts';

export { type IconName, iconOfType, iconPath } from './icon-paths.ts';

/** A new inline SVG; it takes its colour and size from its class. */
export function icon(name: IconName): SVGSVGElement {
  const { stroke, fill } = iconPath(name);
  return s(
    'svg',
    { class: css('icon'), viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    stroke !== '' && s('path', { d: stroke }),
    fill !== '' && s('path', { d: fill, class: css('icon-fill') }),
  );
}
