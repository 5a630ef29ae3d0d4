// The rule that all browser tests lean on: a failed request, script or promise makes the test fail when it ends.
import { expect, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { openPage, serve } from './harness.ts';

const script = `
fetch('/missing').then(() => { Promise.reject(new Error('unhandled promise')); setTimeout(() => { throw new Error('late'); }); });
setTimeout(() => { document.body.dataset.done = 'yes'; }, 200);`;

it('reports requests, promises and scripts that fail', async () => {
  const page = await openPage({ '/main.js': script });
  await page.page.waitForSelector('body[data-done]', { state: 'attached' });
  const closed = page.close();
  await expect(closed).rejects.toThrow(/HTTP 404 .*\/missing/);
  await expect(closed).rejects.toThrow(/unhandled promise/);
  await expect(closed).rejects.toThrow(/late/);
});

it('lets pass what a test expects to fail, and keeps sound silent until a click', async () => {
  const server = await serve({ '/': '<!doctype html><link rel="icon" href="/missing"><button>start</button>' });
  const browser = await launchChromium({ mayFail: [/\/missing$/] });
  await browser.page.goto(server.url);
  const state = (): Promise<string> =>
    browser.page.evaluate(async () => {
      const context = new AudioContext();
      void context.resume();
      await new Promise(done => setTimeout(done, 200));
      const { state } = context;
      await context.close();
      return state;
    });
  expect(await state()).toBe('suspended');
  await browser.page.click('button');
  expect(await state()).toBe('running');
  await browser.close().finally(server.stop);
});
