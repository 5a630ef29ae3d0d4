// Numbers as people read and type them: true minus, thin space before the unit, the same width while a value moves.
// Pure. Must not know the DOM.
import type { NumberParam, Param, ParamValue, Unit } from '../core/param.ts';

export const THIN_SPACE = '\u2009';
const MINUS = '\u2212';

/** Fixed decimals with a true minus; zero never carries a sign. */
export function formatNumber(value: number, decimals: number): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value < 0 ? `${MINUS}∞` : '∞';
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

const decimalsFor = (value: number): number => {
  const size = Math.abs(value);
  return size >= 100 ? 0 : size >= 10 ? 1 : 2;
};

/** A value without its unit and the unit it is shown in: 3200 Hz → "3.20" and "kHz". */
export function splitValue(value: number, unit: Unit | string): { number: string; unit: string } {
  if (unit === 'Hz') {
    if (Math.abs(value) >= 1000) return { number: formatNumber(value / 1000, decimalsFor(value / 1000)), unit: 'kHz' };
    return { number: formatNumber(value, decimalsFor(value)), unit };
  }
  if (unit === 'dB' || unit === 'semitones') return { number: formatNumber(value, 1), unit };
  if (unit === 'samples') return { number: formatNumber(value, Number.isInteger(value) ? 0 : 2), unit };
  if (unit === '%') return { number: formatNumber(value, decimalsFor(value)), unit };
  if (unit === 'Q') return { number: formatNumber(value, 2), unit: '' };
  return { number: formatNumber(value, decimalsFor(value)), unit };
}

/** "−6.0 dB", "3.20 kHz", "0.70". */
export function formatValue(value: number, unit: Unit | string): string {
  const parts = splitValue(value, unit);
  return parts.unit === '' ? parts.number : `${parts.number}${THIN_SPACE}${parts.unit}`;
}

/** Value of any param as text. A whole number that jumps, as a count or a seed, needs no decimals. */
export function formatParam(definition: Param, value: ParamValue): string {
  if (definition.kind !== 'number') return String(value);
  const isCount = definition.rate === 'event' && definition.unit === '' && Number.isInteger(Number(value));
  return isCount ? formatNumber(Number(value), 0) : formatValue(Number(value), definition.unit);
}

const SPOKEN: Record<string, string> = {
  Hz: 'hertz',
  kHz: 'kilohertz',
  dB: 'decibels',
  ms: 'milliseconds',
  s: 'seconds',
  '%': 'percent',
  '×': 'times',
};

/** For aria-valuetext: "minus 6.0 decibels". */
export function speakValue(value: number, unit: Unit | string): string {
  const parts = splitValue(value, unit);
  const number = parts.number.replace(MINUS, 'minus ');
  return parts.unit === '' ? number : `${number} ${SPOKEN[parts.unit] ?? parts.unit}`;
}

/** 44100 → "44.1 kHz", 48000 → "48 kHz". */
export const formatRate = (rateHz: number): string => `${formatKilohertz(rateHz)}${THIN_SPACE}kHz`;
/** 22050 → "22.05". */
export const formatKilohertz = (rateHz: number): string => String(Math.round(rateHz / 10) / 100);

/** Samples with at most two decimals, whole ones without: "620", "58.05". */
export const formatSamples = (samples: number): string =>
  formatNumber(samples, Math.abs(samples - Math.round(samples)) < 0.005 ? 0 : 2);

/** Linear amplitude as dBFS: 1 → "0.0 dBFS", 0 → "−∞ dBFS". */
export const formatPeak = (peak: number): string => `${formatNumber(20 * Math.log10(peak), 1)}${THIN_SPACE}dBFS`;

/** 72.4 → "1:12.4". */
export function formatTime(seconds: number): string {
  const tenths = Math.max(0, Math.round(seconds * 10));
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** "1 node", "2 nodes". */
export const formatCount = (count: number, noun: string): string => `${count} ${count === 1 ? noun : `${noun}s`}`;

/** 19400 → "19 kB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes}${THIN_SPACE}B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)}${THIN_SPACE}kB` : `${(bytes / 1e6).toFixed(1)}${THIN_SPACE}MB`;
}

/**
 * Reads what a person types into a number field: "−6", "3.2k", "3.2 kHz", "800 Hz", "1,5". Returns the value in the param's
 * unit, or a sentence that says what was expected.
 */
export function parseValue(text: string, definition: Pick<NumberParam, 'unit' | 'min' | 'max'>): number | string {
  const match = /^\s*([+\-\u2212]?\d*[.,]?\d+(?:e[+-]?\d+)?)\s*(k?)\s*([a-zµ%×]*)\s*$/i.exec(text);
  const range = `${formatValue(definition.min, definition.unit)} to ${formatValue(definition.max, definition.unit)}`;
  if (!match) return `Expected a number from ${range}, got “${text.trim()}”.`;
  const [, digits = '', kilo = '', unit = ''] = match;
  let value = Number(digits.replace(MINUS, '-').replace(',', '.'));
  if (kilo !== '') value *= 1000;
  if (definition.unit === 'ms' && unit.toLowerCase() === 's') value *= 1000;
  else if (definition.unit === 's' && unit.toLowerCase() === 'ms') value /= 1000;
  else if (unit !== '' && definition.unit !== '' && unit.toLowerCase() !== definition.unit.toLowerCase()) {
    return `Expected ${definition.unit}, got “${unit}”.`;
  }
  if (value < definition.min || value > definition.max)
    return `Expected ${range}, got ${formatValue(value, definition.unit)}.`;
  return value;
}
