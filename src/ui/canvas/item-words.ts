// What a spectrum or tensor brings at once, in words, for the cards of wires and ports. Pure.
import type { PortType } from '../../core/port.ts';
import { formatCount } from '../format.ts';

/**
 * "513 bins, complex, one spectrum every 256 samples", "8 × 4 numbers, one item every 2048 samples"; '' for what has no items or
 * no sizes yet. `shape` as in PlanNode.itemShapes; the samples are those at the signal's rate.
 */
export function itemWords(type: PortType, shape: readonly number[] | undefined, blockFrames: number): string {
  if ((type !== 'spectrum' && type !== 'tensor') || !shape || blockFrames === 0) return '';
  const each = `every ${formatCount(blockFrames, 'sample')}`;
  if (type === 'spectrum')
    return shape.length === 0 ? '' : `${formatCount(shape[0] as number, 'bin')}, complex, one spectrum ${each}`;
  const sizes = shape.length > 1 ? `${shape.join(' × ')} numbers` : formatCount(shape[0] ?? 1, 'number');
  return `${sizes}, one item ${each}`;
}
