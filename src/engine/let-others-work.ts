// Pauses in and before long work of the page. Must not know the work.

/** A turn for everything else that the thread has to do. Not by a timer: hidden pages wait for one up to a second. */
export const letOthersWork = (): Promise<void> =>
  new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/** A hidden page draws nothing. */
const PICTURE_MS_MAX = 250;

/** Settles once the page has drawn what there is to see now, or does not draw. */
export async function untilDrawn(): Promise<void> {
  if (!('requestAnimationFrame' in globalThis)) return;
  await Promise.race([
    new Promise(resolve => requestAnimationFrame(resolve)),
    new Promise(resolve => setTimeout(resolve, PICTURE_MS_MAX)),
  ]);
  // Called just before the picture; the next task comes behind it.
  await letOthersWork();
}
