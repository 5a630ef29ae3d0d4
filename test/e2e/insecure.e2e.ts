// A page that is neither https nor localhost: patches open and are edited, and why there is no sound is said at once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LabPage, type LabServer, openLab, startLab } from './harness.ts';
import { PatchPage } from './patch-page.ts';

let server: LabServer;
let lab: LabPage;

beforeAll(async () => {
  server = await startLab({ options: ['--ServerApp.allow_remote_access=True'] });
  const insecure = server.url.replace(/127\.0\.0\.1|localhost/, 'lab.test');
  lab = await openLab({ ...server, url: insecure }, { flags: ['--host-resolver-rules=MAP lab.test 127.0.0.1'] });
});
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

it('says that the page is not secure, before and after a start is tried, and edits all the same', async () => {
  expect(await lab.page.evaluate(() => isSecureContext)).toBe(false);
  const patch = await PatchPage.open(lab, 'first-sound.npatch');
  await patch.notice('E-SECURE-CONTEXT').waitFor();
  await patch.startButton.click();
  await patch.waitForStatus(/^Audio failed/);
  expect(await patch.notice('E-SECURE-CONTEXT').first().textContent()).toContain('https');
  await patch.addFromPalette('dynamics/gain');
  await patch.node('gain').waitFor();
  await patch.save();
});
