/** The page of the terminal: the registry, and the form to report units; in a read-only process, the registry alone. */
import { maxFieldLength, models } from '../model/orders.ts';
import type { ReadableRegistry } from '../model/registry.ts';
import { type Html, html } from './html.ts';
import { openStream, page } from './page-frame.ts';
import { registryTable } from './registry-table.ts';

export interface RegistryPageInput {
  readonly system: ReadableRegistry;
  readonly directory: string;
  /** Whether this process only follows the one that executes the commands. */
  readonly isReadOnly: boolean;
}

export function registryPage({ system, directory, isReadOnly }: RegistryPageInput): string {
  const table = registryTable(system, { id: 'registry', hasButtons: !isReadOnly });
  return page({
    signals: {
      designation: '',
      model: models[0],
      role: '',
      incept: '',
      target: '',
      msg: '',
      sid: '',
      processing: false,
    },
    onLoad: `$sid = crypto.randomUUID(); ${openStream('/sse')}`,
    heading: 'Replicant Registration Database',
    body: html`${table}
      <hr />
      ${isReadOnly ? readOnlyNote : form}
      <p class="meta"><a href="/journal">Journal</a></p>`,
    directory,
  });
}

const readOnlyNote = html`<p class="meta">Read-only: this process follows the journal of another one.</p>`;

const field = (name: string, label: string, width: string): Html =>
  html`<input
    type="text"
    placeholder="${label}"
    data-bind="${name}"
    style="width:${width}"
    maxlength="${maxFieldLength}"
  />`;

const form = html`<p>
    <strong>REPORT UNREGISTERED UNIT: </strong>
    ${field('designation', 'Designation', '10em')}
    <select data-bind="model">
      ${models.map((model) => html`<option value="${model}">${model}</option>`)}
    </select>
    ${field('role', 'Role', '8em')} ${field('incept', 'Incept', '8em')}
    <button id="spawn" data-on-click="@order('/spawn')">SPAWN</button>
  </p>
  <p class="processing" data-show="$processing" style="display:none">
    &gt; TRANSMITTING RETIREMENT ORDER TO CENTRAL...
  </p>
  <p class="msg" data-show="$msg != ''" style="display:none" data-text="$msg"></p>`;
