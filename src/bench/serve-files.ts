// A server on this machine for pages of the benchmark and of tests: files from memory and nothing else.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

/** Files by path: "/main.js". */
export type ServedFiles = Readonly<Record<string, string | Uint8Array>>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Serves on a free port of localhost, which browsers treat as a secure context. */
export async function serve(files: ServedFiles): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = files[pathname];
    const type = TYPES[extname(pathname) || '.html'] ?? 'application/octet-stream';
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  });
  await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const stop = (): Promise<void> =>
    new Promise(done => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url: `http://localhost:${port}/`, stop };
}
