import type { ExecutionState } from '../../lib/model/plan.ts';
import type { Ledger, Transaction } from '../../lib/ports/ledger.ts';

export type Hook = (transaction: Transaction) => Promise<void>;

/** Lets a test act in the moment between what a step read and what it writes. */
export class Interference {
  /** Transactions that were written. */
  appended = 0;
  private readonly hooks: { readonly to: ExecutionState; readonly hook: Hook }[] = [];

  /** Once, when the next move of an execution to this state is about to be written. */
  before(to: ExecutionState, hook: Hook): void {
    this.hooks.push({ to, hook });
  }

  watched(ledger: Ledger): Ledger {
    return {
      ...ledger,
      append: async (transaction) => {
        for (const event of transaction.events)
          if (event.type === 'execution.moved') await this.interfere(event.to, transaction);
        const result = await ledger.append(transaction);
        this.appended += 1;
        return result;
      },
    };
  }

  private async interfere(to: ExecutionState, transaction: Transaction): Promise<void> {
    const at = this.hooks.findIndex((one) => one.to === to);
    const [found] = at < 0 ? [] : this.hooks.splice(at, 1);
    await found?.hook(transaction);
  }
}
