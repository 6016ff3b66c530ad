import type { Step } from '../run/rounds.ts';

/** Shows on stderr how far a run is: one line that is overwritten on a terminal, one line per round elsewhere. */
export class Progress {
  readonly #isTerminal = process.stderr.isTTY;
  #shown = '';

  show({ scenario, round, rounds, contender, workload }: Step): void {
    const where = `${scenario}, round ${round} of ${rounds}`;
    if (this.#isTerminal) {
      process.stderr.write(`\r\u001b[K${where}: ${contender}, ${workload}`);
    } else if (where !== this.#shown) {
      process.stderr.write(`${where}\n`);
    }
    this.#shown = where;
  }

  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }
}
