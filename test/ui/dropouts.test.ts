// Every hole in the sound is counted, and only where there are any is a model named.
import { expect, it } from 'vitest';
import { countDropouts, lateModels, lateText } from '../../src/ui/dropouts.ts';

it('late blocks of the patch and of its models are one count, and the models are listed, the worst first', () => {
  const live = { dropouts: 9, lateCalls: { voice: 4, amp: 1322, clean: 0 } };
  expect(countDropouts(live)).toBe(1335);
  expect(lateModels(live)).toEqual([
    ['amp', 1322],
    ['voice', 4],
  ]);
  expect(countDropouts({ dropouts: 0, lateCalls: {} })).toBe(0);
  expect(lateText(1)).toBe('1 block late, heard as silence');
  expect(lateText(1322)).toBe('1322 blocks late, heard as silence');
});
