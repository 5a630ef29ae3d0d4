// The patch store: holds the current patch, applies transactions, keeps one's own undo and redo, tells listeners.
// Owns history. Must not know files, JupyterLab, engines or other people's edits beyond applyRemote.
import type { Patch } from './patch.ts';
import { applyTransaction, classifyTransaction, type Transaction, type TransactionClass } from './transaction.ts';

export interface StoreChange {
  readonly patch: Patch;
  readonly transaction: Transaction;
  readonly kind: TransactionClass;
  /** 'local' edits (also undo and redo) are one's own; 'remote' ones came from elsewhere. */
  readonly origin: 'local' | 'remote';
}
export type StoreListener = (change: StoreChange) => void;

const UNDO_STEPS_MAX = 500;

export class PatchStore {
  #patch: Patch;
  #undo: Transaction[] = [];
  #redo: Transaction[] = [];
  #listeners = new Set<StoreListener>();
  readonly #isStructuralParam: (type: string, param: string) => boolean;

  /** `isStructuralParam` comes from the registry (structuralParamOf). */
  constructor(patch: Patch, isStructuralParam: (type: string, param: string) => boolean) {
    this.#patch = patch;
    this.#isStructuralParam = isStructuralParam;
  }

  get patch(): Patch {
    return this.#patch;
  }
  get canUndo(): boolean {
    return this.#undo.length > 0;
  }
  get canRedo(): boolean {
    return this.#redo.length > 0;
  }
  /** Label of the step that undo would take back. */
  get undoLabel(): string {
    return this.#undo.at(-1)?.label ?? '';
  }
  get redoLabel(): string {
    return this.#redo.at(-1)?.label ?? '';
  }

  /** Applies a transaction as one's own edit. Those with the same mergeKey in a row become one undo step. */
  dispatch(transaction: Transaction): void {
    if (transaction.changes.length === 0) return;
    this.#apply(transaction, 'local', inverse => {
      const last = this.#undo.at(-1);
      if (transaction.mergeKey !== undefined && last?.mergeKey === transaction.mergeKey) {
        // Where the gesture started is what undo goes back to; the places in between are forgotten.
        const known = new Set(last.changes.map(change => JSON.stringify(change.path)));
        const fresh = inverse.changes.filter(change => !known.has(JSON.stringify(change.path)));
        this.#undo[this.#undo.length - 1] = { ...last, changes: [...fresh, ...last.changes] };
      } else {
        this.#undo.push(inverse);
        if (this.#undo.length > UNDO_STEPS_MAX) this.#undo.shift();
      }
      this.#redo = [];
    });
  }

  /** Ends the current gesture: the next transaction starts a new undo step even with the same mergeKey. */
  endGesture(): void {
    const last = this.#undo.at(-1);
    if (last?.mergeKey !== undefined) this.#undo[this.#undo.length - 1] = { label: last.label, changes: last.changes };
  }

  /** Forgets all steps: the document was read again, and they were steps of another one. */
  forgetHistory(): void {
    this.#undo = [];
    this.#redo = [];
  }

  undo(): boolean {
    return this.#step(this.#undo, this.#redo);
  }
  redo(): boolean {
    return this.#step(this.#redo, this.#undo);
  }

  /** Somebody else's edit, or the file read again: no undo step of one's own. */
  applyRemote(transaction: Transaction): void {
    this.#apply(transaction, 'remote');
  }

  subscribe(listener: StoreListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #step(from: Transaction[], to: Transaction[]): boolean {
    const transaction = from.pop();
    if (!transaction) return false;
    this.#apply(transaction, 'local', ({ label, changes }) => to.push({ label, changes }));
    return true;
  }

  /** History first, then the listeners: they read canUndo, and may dispatch themselves. */
  #apply(
    transaction: Transaction,
    origin: 'local' | 'remote',
    remember: (inverse: Transaction) => void = () => undefined,
  ): void {
    const kind = classifyTransaction(transaction, this.#patch, this.#isStructuralParam);
    const { patch, inverse } = applyTransaction(this.#patch, transaction);
    this.#patch = patch;
    remember(inverse);
    for (const listener of [...this.#listeners]) listener({ patch, transaction, kind, origin });
  }
}
