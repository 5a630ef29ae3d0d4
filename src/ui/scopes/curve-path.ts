// A node's curve as an SVG path, for its body and for the still picture. Pure.
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { Curve } from '../../core/node-type.ts';
import type { ParamValues } from '../../core/param.ts';

export interface CurvePaths {
  readonly line: string;
  /** '' where there is none. */
  readonly diagonal: string;
}

/** Draws the curve into a box at (0, 0); what lies outside of its range lies outside of the box. */
export function curvePaths(curve: Curve, values: ParamValues, width: number, height: number): CurvePaths {
  const points = curve.points(values).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 1];
  const x = scaleLinear().domain([first, last]).range([0, width]);
  const y = scaleLinear().domain(curve.range).range([height, 0]);
  const draw = line<readonly [number, number]>()
    .x(point => x(point[0]))
    .y(point => y(point[1]))
    .digits(1);
  return {
    line: draw(points) ?? '',
    diagonal: curve.hasDiagonal
      ? (draw([
          [first, first],
          [last, last],
        ]) ?? '')
      : '',
  };
}
