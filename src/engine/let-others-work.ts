// A pause in long work of the page. Must not know the work.

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
