// Reading through JupyterLab: names that have a meaning in addresses arrive as they are; only "not found" is "nothing there".
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBeside, readThroughResolver } from '../../extension/editor/read-files.ts';
import { RESOURCE_BYTES_MAX } from '../../src/core/resource.ts';

let url: string;
const asked: string[] = [];
const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? '', 'http://localhost').pathname.slice(1));
  asked.push(path);
  response.statusCode = path.includes('forbidden') ? 403 : path.includes('missing') ? 404 : 200;
  if (path.includes('login')) response.writeHead(302, { location: '/page.html' });
  if (path.includes('slow')) response.write(Buffer.from([1, 2]));
  else if (path.includes('told')) response.writeHead(200, { 'content-length': RESOURCE_BYTES_MAX + 1 }).flushHeaders();
  else response.end(Buffer.from([1, 2, 3]));
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
  interface Drive {
    /** In bytes, as the drive tells it. */
    readonly size?: number | null;
    /** Where the drive says the file is. */
    readonly at?: string;
  }
  const read = ({ size = 3, at = 'amp.onnx' }: Drive = {}) => {
    const texts: string[] = [];
    const contents = {
      serverSettings: ServerConnection.makeSettings({ baseUrl: url }),
      driveName: () => '',
      localPath: (path: string) => path,
      getDownloadUrl: async () => url + at,
      // As @jupyterlab/services does: with options, a file comes without its bytes unless they are asked for.
      get: async (path: string, options?: Contents.IFetchOptions) => {
        if (path.includes('nowhere'))
          throw new ServerConnection.ResponseError(new Response('', { status: 404 }), 'Not Found');
        if (!options?.content) return { size, content: null };
        texts.push(path);
        return { size, content: Buffer.from([7, 8, 9]).toString('base64') };
      },
    } as unknown as Contents.IManager;
    return { texts, file: readBeside(contents, () => 'folder/a.npatch') };
  };

  it('come from the address that the drive gives, with the share that is there', async () => {
    const shares: number[] = [];
    const { file, texts } = read();
    const bytes = await file('amp.onnx', { onProgress: share => shares.push(share) });
    expect([bytes, texts, shares.at(-1)]).toEqual([new Uint8Array([1, 2, 3]), [], 1]);
  });

  it.each([
    ['is not told', null],
    ['is told too small', 1],
    ['is told too large', 9],
  ])('come whole where their size %s', async (_, size) => {
    expect(await read({ size }).file('amp.onnx')).toEqual(new Uint8Array([1, 2, 3]));
  });

  it.each(['forbidden', 'missing', 'login'])('come as text where the address is %s', async at => {
    const { file, texts } = read({ at });
    expect([await file('amp.onnx'), texts]).toEqual([new Uint8Array([7, 8, 9]), ['folder/amp.onnx']]);
  });

  it('are nothing where the drive has none', async () => {
    expect(await read().file('nowhere.onnx')).toBeUndefined();
  });

  it('are refused by their size before anything is read', async () => {
    const before = asked.length;
    const { file, texts } = read({ size: RESOURCE_BYTES_MAX + 1 });
    await expect(file('huge.onnx')).rejects.toMatchObject({ code: 'E-SIZE' });
    expect([asked.length, texts]).toEqual([before, []]);
    // What the drive does not know, the answer tells before it is read.
    const unknown = read({ size: null, at: 'told' });
    await expect(unknown.file('huge.onnx')).rejects.toMatchObject({ code: 'E-SIZE' });
    expect(unknown.texts).toEqual([]);
  });

  it('can be ended on their way; then nothing else is tried', async () => {
    const end = new AbortController();
    const { file, texts } = read({ at: 'slow', size: 1000 });
    const reading = file('amp.onnx', { signal: end.signal, onProgress: () => end.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(texts).toEqual([]);
  });
});
