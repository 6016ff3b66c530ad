/** What is inserted into a template is text, whatever it looks like. */
import { expect, it } from 'vitest';
import { html } from './html.ts';

it('escapes what is put into it, and leaves HTML as it is', () => {
  const texts = ['<b>', `"'&`].map((text) => html`<i title="${text}">${text}</i>`);
  const line = html`<hr />`;
  expect(html`<p id="${1}">${texts}${line}</p>`.text).toBe(
    '<p id="1"><i title="&lt;b&gt;">&lt;b&gt;</i><i title="&quot;&#39;&amp;">&quot;&#39;&amp;</i><hr /></p>',
  );
});
