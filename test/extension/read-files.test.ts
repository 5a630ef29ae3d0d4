// Reading through JupyterLab: names that have a meaning in addresses arrive as they are; only "not found" is "nothing there".
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { Contents } from '@jupyterlab/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBeside, readThroughResolver } from '../../extension/editor/read-files.ts';

let url: string;
const asked: string[] = [];
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname.slice(1));
  asked.push(path);
  response.statusCode = path.includes('forbidden') ? 403 : path.includes('missing') ? 404 : 200;
  response.end(Buffer.from([1, 2, 3]));
});
beforeAll(async () => {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

/** Resolves as a notebook at the top does: the address is already encoded. */
const read = (path: string): Promise<Uint8Array | undefined> =>
  readThroughResolver({
    resolveUrl: async (given: string) => given,
    getDownloadUrl: async (given: string) => url + given,
  } as IRenderMime.IResolver)(path);

describe('files beside a notebook', () => {
  it.each(['a b.wav', 'take #2.wav', 'why?.wav', '100%.wav', 'sounds/a&b+c;d=e.wav', 'straße.wav'])(
    '%s is asked for by that name',
    async path => {
      expect(await read(path)).toEqual(new Uint8Array([1, 2, 3]));
      expect(asked.at(-1)).toBe(path);
    },
  );
  it('what is not there is nothing; a refusal is told', async () => {
    expect(await read('missing.wav')).toBeUndefined();
    await expect(read('forbidden.wav')).rejects.toThrow('HTTP 403');
  });
});

describe('files beside a document', () => {
  /** As @jupyterlab/services does: with options, a file comes without its bytes unless they are asked for. */
  const contents = {
    driveName: () => '',
    localPath: (path: string) => path,
    get: async (_path: string, options?: Contents.IFetchOptions) => ({
      content: options && !options.content ? null : Buffer.from([1, 2, 3]).toString('base64'),
    }),
  } as unknown as Contents.IManager;

  it('come with their bytes', async () => {
    expect(await readBeside(contents, () => 'folder/a.npatch')('amp.onnx')).toEqual(new Uint8Array([1, 2, 3]));
  });
});
