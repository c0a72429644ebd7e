import type { Dice } from '../scoring/draws.ts';
import { DAY } from './time.ts';

/** The load of a day: low at night, a hump in the afternoon and a lower one in the evening; days differ a little, and it wanders. */
export class Daily {
  readonly #dice: Dice;
  #day = -1;
  #height = 1;
  #wander = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** About 0.15 to 1.1, at real milliseconds since the beginning. To be asked in order of time. */
  at(sinceBegin: number): number {
    const day = Math.floor(sinceBegin / DAY);
    if (day !== this.#day) {
      this.#day = day;
      this.#height = this.#dice.between(0.93, 1.07);
    }
    this.#wander = 0.98 * this.#wander + 0.01 * this.#dice.normal();
    const hour = 24 * (sinceBegin / DAY - day);
    const hump = (centre: number, width: number) => Math.exp(-(((hour - centre) / width) ** 2));
    const shape = 0.15 + 0.8 * hump(14, 4.5) + 0.4 * hump(20.5, 1.8);
    return Math.max(0.05, this.#height * shape * (1 + this.#wander));
  }
}
