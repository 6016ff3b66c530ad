/** The table of the registry, with a line of numbers above it: the current one, with buttons, or a past one, without. */
import type { ReadableRegistry, RegisteredReplicant } from '../model/registry.ts';
import { Html, html } from './html.ts';

export interface TableOptions {
  /** The id of the element, by which a page finds the element to replace. */
  readonly id: string;
  readonly hasButtons: boolean;
}

export function registryTable({ model, q }: ReadableRegistry, options: TableOptions): Html {
  const { replicants } = model;
  const rows = Array.from(replicants, (replicant) =>
    row(replicant, options.hasButtons ? buttons(replicant, replicants.idOf(replicant.designation) ?? 0) : nothing),
  );
  const { atLarge, retired, models } = q.stats();
  return html`<div id="${options.id}">
    <p class="stats">AT-LARGE: ${atLarge} | RETIRED: ${retired} | MODELS: ${models.join(', ')}</p>
    <table>
      <thead>
        <tr>
          <th>DESIGNATION</th>
          <th>MODEL</th>
          <th>ROLE</th>
          <th>INCEPT</th>
          <th>STATUS</th>
          <th>SIGHTINGS</th>
          <th>LAST SEEN</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

const nothing = new Html('');

function row(replicant: RegisteredReplicant, cell: Html): Html {
  const { designation, model, role, incept, status, sightings, lastSeen } = replicant;
  return html`<tr class="${status}">
    <td>${designation}</td>
    <td>${model}</td>
    <td>${role}</td>
    <td>${incept}</td>
    <td>${status.toUpperCase()}</td>
    <td>${sightings}</td>
    <td>${lastSeen === null ? '-' : timeOfDay(lastSeen)}</td>
    <td>${cell}</td>
  </tr>`;
}

/** The expressions are the same for all units: the unit is in the button's value, which is never run as script. */
function buttons({ designation, status }: RegisteredReplicant, id: number): Html {
  const sight = html`<button id="sight-${id}" value="${designation}" data-on-click="${clicked('/sight')}">
    SIGHT
  </button>`;
  if (status === 'retired') return sight;
  return html`${sight}<button
      id="retire-${id}"
      value="${designation}"
      data-on-click="${clicked('/retire', 'processing')}"
    >
      RETIRE
    </button>`;
}

function clicked(...order: readonly string[]): string {
  return `$target = ctx.el.value; @order(${order.map((text) => `'${text}'`).join(', ')})`;
}

/** `14:05:09`, in the time zone of this machine. */
export function timeOfDay(date: Pick<Date, 'toTimeString'>): string {
  return date.toTimeString().slice(0, 8);
}
