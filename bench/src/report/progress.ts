import type { Step } from '../run/rounds.ts';

/** Says on stderr where a run is: one line that is overwritten on a terminal, one line a round elsewhere. */
export class Progress {
  readonly #rounds: number;
  readonly #isTerminal = process.stderr.isTTY;
  #round = 0;

  constructor(rounds: number) {
    this.#rounds = rounds;
  }

  show({ round, contender, workload }: Step): void {
    if (this.#isTerminal) {
      process.stderr.write(`\r\u001b[Kround ${round} of ${this.#rounds}: ${contender}, ${workload}`);
    } else if (round !== this.#round) {
      process.stderr.write(`round ${round} of ${this.#rounds}\n`);
    }
    this.#round = round;
  }

  end(): void {
    if (this.#isTerminal) process.stderr.write('\r\u001b[K');
  }
}
