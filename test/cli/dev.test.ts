// `./dev` and Ctrl-C, which a terminal sends to all programs in it: each ends by itself, none of them with a traceback.
// The tools are small programs, as nothing may be set up or built while tests run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const build = fileURLToPath(new URL('../../src/build/', import.meta.url));

/** Runs dev.py with one command replaced, and sends Ctrl-C to the whole group once the tool says "up". */
async function interrupt(command: string): Promise<{ code: unknown; out: string; err: string }> {
  const script = `import sys; sys.path.insert(0, ${JSON.stringify(build)}); import dev\n${command}\nsys.argv[1:] = ["lint"]; sys.exit(dev.main())`;
  const child = spawn('python3', ['-B', '-c', script], { detached: true });
  let [out, err] = ['', ''];
  let isTold = false;
  child.stdout.on('data', chunk => {
    out += chunk;
    if (isTold || !out.includes('up')) return;
    isTold = true;
    process.kill(-(child.pid as number), 'SIGINT');
  });
  child.stderr.on('data', chunk => {
    err += chunk;
  });
  const [code, signal] = await once(child, 'close');
  return { code: code ?? signal, out, err };
}

it('a tool that takes the process over is all that ends', async () => {
  const node = `dev.COMMANDS["lint"] = lambda _: dev.become("node", "-e", "process.once('SIGINT', () => process.exit(130)); setTimeout(() => {}, 60000); console.log('up')")`;
  expect(await interrupt(node)).toEqual({ code: 130, out: 'up\n', err: '' });
  const silent = `dev.COMMANDS["lint"] = lambda _: dev.become("node", "-e", "setTimeout(() => {}, 60000); console.log('up')")`;
  expect(await interrupt(silent)).toEqual({ code: 'SIGINT', out: 'up\n', err: '' });
}, 20_000);

it('a tool of set-up is waited for until it has tidied up, then all ends with 130', async () => {
  const slow =
    "process.once('SIGINT', () => setTimeout(() => { console.log('tidy'); process.exit(1); }, 700)); setTimeout(() => {}, 60000); console.log('up')";
  const tool = `dev.COMMANDS["lint"] = lambda _: dev.run(dev.machine.node(), "-e", ${JSON.stringify(slow)})`;
  expect(await interrupt(tool)).toEqual({ code: 130, out: 'up\ntidy\n', err: '' });
}, 20_000);
