// Frames of a page: what both editors are measured by. Must not know either.

export const nextFrame = (): Promise<number> => new Promise(requestAnimationFrame);

/**
 * Runs `open`, waits for two frames, and tells how long that took and how long the page stood still in between. `look` reads what was
 * painted, so that no painting is put off until the clock has stopped.
 */
export async function timeOpening(
  open: () => void | Promise<void>,
  look: () => void = () => undefined,
): Promise<{ openMs: number; longestTaskMs: number }> {
  let longestTaskMs = 0;
  const observer = new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
  });
  observer.observe({ type: 'longtask' });
  const startMs = performance.now();
  await open();
  // The first frame draws, the second comes when it has been drawn.
  await nextFrame();
  await nextFrame();
  look();
  const openMs = performance.now() - startMs;
  await new Promise(done => setTimeout(done, 100));
  observer.disconnect();
  return { openMs, longestTaskMs };
}

/** Presses `button` on an element and drags for so many frames, one step a frame, `reach` steps to and fro; times between frames in ms. */
export async function dragFrames(element: Element, button: number, frames: number, reach = 20): Promise<number[]> {
  const fire = (type: string, at: number): void => {
    const [clientX, clientY] = [20 + 5 * at, 30 + 4 * at];
    const options = { clientX, clientY, button, pointerId: 1, isPrimary: true, bubbles: true, cancelable: true };
    element.dispatchEvent(new PointerEvent(type, options));
  };
  const times: number[] = [];
  fire('pointerdown', 0);
  let last = await nextFrame();
  for (let i = 0; i < frames; i++) {
    fire('pointermove', Math.abs((i % (2 * reach)) - reach));
    const now = await nextFrame();
    times.push(now - last);
    last = now;
  }
  fire('pointerup', 0);
  return times;
}
