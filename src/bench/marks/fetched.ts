// What JupyterLab's page fetched of the extension until it was restored. Types only: pages see the DOM and marks see Node.

export interface Fetched {
  readonly files: number;
  /** Of the files, those that the server was asked for, if only whether they are still the same. */
  readonly requests: number;
  /** Of all files, unpacked. */
  readonly bytes: number;
  /** While at least one of them was on its way, in ms: so much less the start could take at best. */
  readonly ms: number;
}
