/** A promise that rejects with whatever was thrown: a caller that expects a promise gets no synchronous error. */
export function rejection(thrown: unknown): Promise<never> {
  return Promise.resolve().then(() => {
    throw thrown;
  });
}
