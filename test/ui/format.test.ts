// Numbers as they are shown and typed.
import { describe, expect, it } from 'vitest';
import {
  formatPeak,
  formatRate,
  formatSamples,
  formatTime,
  formatValue,
  parseValue,
  speakValue,
} from '../../src/ui/format.ts';

const plain = (text: string): string => text.replace(/\u2009/g, ' ');

describe('format', () => {
  it('writes a true minus, thin units and no negative zero', () => {
    expect(formatValue(-6, 'dB')).toBe('\u22126.0\u2009dB');
    expect(formatValue(-0.001, 'dB')).toBe('0.0\u2009dB');
    expect(plain(formatValue(3200, 'Hz'))).toBe('3.20 kHz');
    expect(plain(formatValue(440, 'Hz'))).toBe('440 Hz');
    expect(formatValue(0.7, '')).toBe('0.70');
  });
  it('shows rates, samples, peaks and times', () => {
    expect([44100, 48000, 22050].map(rate => plain(formatRate(rate)))).toEqual(['44.1 kHz', '48 kHz', '22.05 kHz']);
    expect([620, 58.05, 32.004].map(formatSamples)).toEqual(['620', '58.05', '32']);
    expect(plain(formatPeak(0.5))).toBe('−6.0 dBFS');
    expect(plain(formatPeak(0))).toBe('−∞ dBFS');
    expect([0, 72.44, 59.96].map(formatTime)).toEqual(['0:00.0', '1:12.4', '1:00.0']);
  });
  it('speaks values', () => {
    expect(speakValue(9, 'dB')).toBe('9.0 decibels');
    expect(speakValue(-12, 'dB')).toBe('minus 12.0 decibels');
  });
  it('reads what a person types, with units, or says what it expected', () => {
    const hz = { unit: 'Hz', min: 20, max: 20000 } as const;
    expect(parseValue('3.2k', hz)).toBe(3200);
    expect(parseValue(' 3,2 kHz ', hz)).toBe(3200);
    expect(parseValue('440', hz)).toBe(440);
    expect(parseValue('−6 dB', { unit: 'dB', min: -60, max: 24 })).toBe(-6);
    expect(parseValue('0.3 s', { unit: 'ms', min: 0, max: 1000 })).toBe(300);
    expect(plain(String(parseValue('3', hz)))).toBe('Expected 20.0 Hz to 20.0 kHz, got 3.00 Hz.');
    expect(parseValue('loud', hz)).toContain('got “loud”');
    expect(parseValue('5 dB', hz)).toBe('Expected Hz, got “dB”.');
  });
});
