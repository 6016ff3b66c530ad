/** The page of the journal: its latest commands as they come, and the registry as it was at any earlier position. */
import type { ReadableRegistry } from '../model/registry.ts';
import { type Html, html } from './html.ts';
import type { JournalLine } from './journal-lines.ts';
import { openStream, page } from './page-frame.ts';
import { registryTable, timeOfDay } from './registry-table.ts';

export interface JournalPageInput {
  readonly system: ReadableRegistry;
  readonly lines: readonly JournalLine[];
  readonly directory: string;
}

export function journalPage({ system, lines, directory }: JournalPageInput): string {
  const { position } = system;
  return page({
    signals: { moment: position, last: position },
    onLoad: openStream('/journal/sse'),
    heading: 'Journal of the registry',
    body: html`<p class="meta"><a href="/">Registry</a></p>
      ${journalTable(lines)}
      <hr />
      <p class="stats">
        <label for="moment">The registry at position <span data-text="$moment">${position}</span> of </label>
        <span data-text="$last">${position}</span>
      </p>
      <input
        id="moment"
        type="range"
        min="0"
        max="${position}"
        value="${position}"
        data-attr-max="$last"
        data-bind="moment"
        data-on-input__debounce.50ms="@get('/past')"
      />
      ${pastTable(system, position)}`,
    directory,
  });
}

export function journalTable(lines: readonly JournalLine[]): Html {
  return html`<div id="journal">
    <table>
      <thead>
        <tr>
          <th>POSITION</th>
          <th>TIME</th>
          <th>COMMAND</th>
          <th>ARGUMENT</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          ({ position, time, command, argument }) =>
            html`<tr>
              <td>${position}</td>
              <td>${timeOfDay(time)}</td>
              <td>${command}</td>
              <td>${argument}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function pastTable(system: ReadableRegistry, position: number): Html {
  return html`<div id="past" data-position="${position}">
    ${registryTable(system, { id: 'past-registry', hasButtons: false })}
  </div>`;
}
