/** A date that cannot be set: freezing a `Date` does not protect its time. */

export class FrozenDate extends Date {
  /** `date` stays as it is; a date that is frozen already is returned itself. */
  static from(date: Date): FrozenDate {
    return date instanceof FrozenDate ? date : Object.freeze(new FrozenDate(date.getTime()));
  }
}

const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));

for (const name of setters) {
  Object.defineProperty(FrozenDate.prototype, name, {
    value: () => {
      throw new TypeError(`A date of the model is frozen: ${name} cannot change it. Assign a new Date.`);
    },
  });
}
