// Plans that wait for their turn: each holds all its memory, so that no more of them may live than can be heard.
import { expect, it } from 'vitest';
import { Executor } from '../../src/render/executor.ts';
import { Performer, type PerformerEvent } from '../../src/render/performer.ts';
import { planOrThrow, type RenderEvent, renderPatch } from '../../src/render/render-patch.ts';
import { modelAt } from '../core/resources.ts';
import { CountingRuntime } from './counting-runtime.ts';
import { makePatch, registry } from './helpers.ts';

const patch = makePatch([['model', 'neural/neural-model']], []);
const resources = { model: { model: modelAt(48000) } };
const plan = planOrThrow(patch, registry, resources, 128);

it('RENDER-14 of 300 edits while nothing plays, or during a cross-fade, one plan waits', () => {
  const models = new CountingRuntime();
  const applied: PerformerEvent[] = [];
  const performer = new Performer(new Executor({ plan, registry, resources, models }), event => applied.push(event));
  const edit = (tag: string): void =>
    performer.schedule({
      frame: performer.frame,
      kind: 'swap',
      executor: new Executor({ plan, registry, resources, models }),
      tag,
    });
  for (let i = 0; i < 300; i++) edit(`paused ${i}`);
  expect(models.alive).toBe(2);
  performer.process(128, {}, () => undefined);
  for (let i = 0; i < 300; i++) {
    edit(`fading ${i}`);
    if (i % 150 === 0) performer.process(128, {}, () => undefined);
  }
  expect(models.alive).toBe(3);
  performer.process(1024, {}, () => undefined);
  expect(applied.map(event => event.kind === 'swap' && event.tag)).toEqual(['paused 299', 'fading 299']);
  performer.dispose();
  expect(models.alive).toBe(0);
});

it('RENDER-14 a swap for later does not replace one for now', () => {
  const applied: PerformerEvent[] = [];
  const performer = new Performer(new Executor({ plan, registry, resources }), event => applied.push(event));
  for (const frame of [0, 2000]) {
    const executor = new Executor({ plan, registry, resources });
    performer.schedule({ frame, kind: 'swap', executor, tag: String(frame) });
  }
  performer.process(4000, {}, () => undefined);
  expect(applied.map(event => [event.frame, event.kind === 'swap' && event.tag])).toEqual([
    [0, '0'],
    [2000, '2000'],
  ]);
});

it('RENDER-14 a log of 200 patches renders with two plans that sound, one that waits, and the three of a block', async () => {
  const models = new CountingRuntime();
  const events: RenderEvent[] = Array.from({ length: 200 }, (_, i) => ({
    frame: 100 + i * 50,
    kind: 'patch',
    patch,
    resources,
  }));
  await renderPatch({ patch, registry, resources, models, frames: 12000, events });
  expect(models.most).toBeLessThanOrEqual(6);
  expect(models.alive).toBe(0);
});
