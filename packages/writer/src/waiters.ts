/**
 * Those who wait until the store has reached a position, in ascending order of their positions. A commit costs nothing here
 * unless someone reads its promise.
 */
export interface Waiter {
  readonly position: number;
  reached(): void;
  failed(error: Error): void;
}

export class Waiters {
  private list: Waiter[] = [];

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  /** Whether somebody waits for `position` or less. */
  hasUpTo(position: number): boolean {
    const [first] = this.list;
    return first !== undefined && first.position <= position;
  }

  add(waiter: Waiter): void {
    const { list } = this;
    let index = list.length;
    if (index === 0 || list[index - 1]!.position <= waiter.position) {
      list.push(waiter);
      return;
    }
    while (index > 0 && list[index - 1]!.position > waiter.position) index--;
    list.splice(index, 0, waiter);
  }

  /** Notifies all that wait for `position` or less. */
  reach(position: number): void {
    const { list } = this;
    let count = 0;
    while (count < list.length && list[count]!.position <= position) count++;
    if (count === 0) return;
    this.list = list.slice(count);
    for (let index = 0; index < count; index++) list[index]!.reached();
  }

  /** Fails all waiters; returns the highest position that was waited for, 0 when nobody waited. */
  fail(error: Error): number {
    const { list } = this;
    this.list = [];
    for (const waiter of list) waiter.failed(error);
    return list.at(-1)?.position ?? 0;
  }
}
