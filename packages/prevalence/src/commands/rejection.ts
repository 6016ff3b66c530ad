/** Who asks by promise is answered by promise, also with what was thrown, whatever that is. */
export function rejection(thrown: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw thrown;
  });
}
