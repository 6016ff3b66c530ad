/** A page's stream of pushes, read without a browser. */
export interface Push {
  readonly event: string;
  /** The contents of the data lines, without their keys. */
  readonly data: string;
}

export class Pushes implements Disposable {
  private readonly ending = new AbortController();
  private readonly received: Push[] = [];
  private wake = Promise.withResolvers<undefined>();

  constructor(url: string, session: string, path = '/sse') {
    const query = new URLSearchParams({ datastar: JSON.stringify({ sid: session }) });
    void this.read(`${url}${path}?${query.toString()}`);
  }

  /** All pushes so far. */
  get all(): readonly Push[] {
    return this.received;
  }

  /** The values of `msg` that were pushed, in order. */
  get messages(): string[] {
    return this.received
      .filter(({ event, data }) => event === 'datastar-merge-signals' && data.includes('"msg"'))
      .map(({ data }) => (JSON.parse(data) as { msg: string }).msg);
  }

  /** Resolves with the first push, past or future, that the function accepts. */
  async until(accepts: (push: Push) => boolean): Promise<Push> {
    for (;;) {
      const found = this.received.find(accepts);
      if (found !== undefined) return found;
      await this.wake.promise;
    }
  }

  untilMessage(message: string): Promise<Push> {
    return this.until(({ data }) => data.includes(JSON.stringify({ msg: message })));
  }

  [Symbol.dispose](): void {
    this.ending.abort();
  }

  private async read(url: string): Promise<void> {
    try {
      const response = await fetch(url, { signal: this.ending.signal });
      let text = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) this.take(block);
      }
    } catch {
      // The stream broke, or the test is over.
    }
  }

  private take(block: string): void {
    const event = /^event: (.*)$/m.exec(block)?.[1];
    if (event === undefined) return;
    const data = [...block.matchAll(/^data: \w+ (.*)$/gm)].map(([, line]) => line).join('\n');
    this.received.push({ event, data });
    this.wake.resolve(undefined);
    this.wake = Promise.withResolvers();
  }
}
