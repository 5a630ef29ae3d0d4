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

// In the page itself, because Chromium takes what a test evaluates there for a gesture of the user.
const sound = `
const show = async when => {
  const context = new AudioContext();
  context.resume();
  await new Promise(done => setTimeout(done, 200));
  document.body.dataset[when] = context.state;
};
document.querySelector('button').onclick = () => show('clicked');
show('loaded');`;

it('lets pass what a test expects to fail, and keeps sound silent until a click', async () => {
  const body = `<link rel="icon" href="/missing"><button>start</button><script>${sound}</script>`;
  const server = await serve({ '/': `<!doctype html>${body}` });
  const browser = await launchChromium({ mayFail: [/\/missing$/] });
  await browser.page.goto(server.url);
  await browser.page.waitForSelector('body[data-loaded=suspended]', { state: 'attached' });
  await browser.page.click('button');
  await browser.page.waitForSelector('body[data-clicked=running]', { state: 'attached' });
  await browser.close().finally(server.stop);
});
