// Programs that a first start needs, brought into the browser's cache while a patch opens: the click then waits for no server.
// Owns what was asked for. Must not know patches, nor what the programs do.

const asked = new Set<string>();

/** Has the browser fetch a program, once for a page and behind what is wanted now. A failure is told by whoever needs it. */
export function fetchAhead(url: string): void {
  if (asked.has(url)) return;
  asked.add(url);
  const fetched = fetch(url, { credentials: 'same-origin', priority: 'low' });
  fetched.then(answer => answer.arrayBuffer()).catch(() => asked.delete(url));
}
