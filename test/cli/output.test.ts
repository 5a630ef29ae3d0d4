// The line of progress: rewritten on a terminal, silent elsewhere.
import { describe, expect, it } from 'vitest';
import { makeProgress } from '../../src/cli/output.ts';

async function told(isTTY: boolean): Promise<string[]> {
  const lines: string[] = [];
  const progress = makeProgress('render', { isTTY, write: text => lines.push(text) });
  for (const share of [0, 0.5, 0.501, 1]) await progress(share, 'block');
  return lines;
}

describe('CLI-6 progress', () => {
  it('rewrites one line on a terminal, once for each percent, and ends it', async () => {
    const lines = await told(true);
    expect(lines.map(line => line.trim().replace(/ +/g, ' '))).toEqual([
      'render 0 % block',
      'render 50 % block',
      'render 100 % block',
    ]);
    expect(lines.every(line => line.startsWith('\r'))).toBe(true);
    expect(lines.map(line => line.endsWith('\n'))).toEqual([false, false, true]);
  });

  it('says nothing where there is no terminal', async () => {
    expect(await told(false)).toEqual([]);
  });
});
