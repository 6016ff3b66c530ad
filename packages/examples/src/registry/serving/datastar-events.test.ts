/** Events as Datastar reads them: lines, and signals that it evaluates as an expression. */
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { html } from '../pages/html.ts';
import { fragmentEvent, signalsEvent } from './datastar-events.ts';

it('ends no event early, whatever line ends are in the text', () => {
  const event = fragmentEvent(html`<p>${'a\n\nevent: b\r\rdata: c\r\n'}</p>`);
  expect(event.split('\n\n')).toHaveLength(2);
  expect(event).toBe(
    'event: datastar-merge-fragments\n' +
      ['<p>a', '', 'event: b', '', 'data: c', '</p>'].map((line) => `data: fragments ${line}\n`).join('') +
      '\n',
  );
});

it('gives signals that are the same as an expression', () => {
  const signals = { msg: `"};alert(1)//</script>\u2028\n\\'\${1}`, last: 3 };
  const json = /^data: signals (.*)$/m.exec(signalsEvent(signals))![1]!;
  expect(json).not.toContain('<');
  expect(runInNewContext(`Object.assign({}, ${json})`)).toEqual(signals);
});
