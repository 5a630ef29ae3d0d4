// Messages between a page of the benchmark and its audio thread. Types and one name only.
import type { Order } from '../protocol.ts';

export const BENCH_PROCESSOR = 'bench';

/** Makes a work, or gives an order to one that was made. */
export interface ToThread {
  readonly id: number;
  readonly make?: { readonly name: string; readonly options: object };
  readonly work?: number;
  readonly order?: Order;
}

/** A made work's number, or its answer; or what went wrong. */
export interface FromThread {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}
