/**
 * Whether concurrent operations can have happened one at a time, each at some moment between its call and its return: the
 * search of Wing and Gong with Lowe's cache of what was tried, as Porcupine does it. There is no such library for JavaScript.
 */
export interface Operation<Input, Output> {
  readonly input: Input;
  /**
   * What it returned; undefined when nobody knows, because whoever ran it died. Such an operation may happen at any time after
   * its call.
   */
  readonly output: Output | undefined;
  readonly called: number;
  readonly returned: number;
}

export interface Model<State, Input, Output> {
  readonly initial: State;
  /** The state after the operation; undefined when it cannot return this output in this state. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** Equal for equal states. */
  key(state: State): string;
}

interface Choice<State> {
  readonly operation: number;
  readonly before: State;
}

/** The order in which the operations can have happened, as their indices; undefined when there is none. */
export function linearize<State, Input, Output>(
  operations: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): readonly number[] | undefined {
  const order = operations.map((_, index) => index).toSorted((a, b) => operations[a]!.called - operations[b]!.called);
  const left = new Set(order);
  const tried = new Set<string>();
  const chosen: Choice<State>[] = [];
  let [state, done] = [model.initial, 0n];
  let next = 0;
  for (;;) {
    const found = left.size === 0 ? undefined : findNext();
    if (left.size === 0) return chosen.map(({ operation }) => operation);
    if (found !== undefined) {
      chosen.push({ operation: found.operation, before: state });
      left.delete(found.operation);
      [state, done, next] = [found.after, found.done, 0];
      continue;
    }
    const last = chosen.pop();
    if (last === undefined) return undefined;
    left.add(last.operation);
    state = last.before;
    done ^= 1n << BigInt(last.operation);
    next = order.indexOf(last.operation) + 1;
  }

  /** The next operation that may come now: called before any that is left has returned, and possible in this state. */
  function findNext(): { operation: number; after: State; done: bigint } | undefined {
    let firstReturn = Infinity;
    for (const each of left) firstReturn = Math.min(firstReturn, operations[each]!.returned);
    for (let place = next; place < order.length; place++) {
      const operation = order[place]!;
      const { input, output, called } = operations[operation]!;
      if (called > firstReturn) return undefined;
      if (!left.has(operation)) continue;
      const after = model.step(state, input, output);
      if (after === undefined) continue;
      const afterwards = done | (1n << BigInt(operation));
      const key = `${afterwards.toString(36)} ${model.key(after)}`;
      if (tried.has(key)) continue;
      tried.add(key);
      return { operation, after, done: afterwards };
    }
    return undefined;
  }
}
