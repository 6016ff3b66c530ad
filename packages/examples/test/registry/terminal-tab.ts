/** A tab that shows the registry: what an operator sees and clicks. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';

const patienceMs = 20_000;

export class TerminalTab {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** The cells of a unit's row, except the one with the buttons. */
  async cells(designation: string): Promise<string[]> {
    const cells = await this.row(designation).locator('td').allTextContents();
    return cells.slice(0, 7).map((cell) => cell.trim());
  }

  async click(order: 'SIGHT' | 'RETIRE', designation: string): Promise<void> {
    await this.row(designation).getByRole('button', { name: order, exact: true }).click({ timeout: patienceMs });
  }

  async spawn(designation: string, model: string, role: string, incept: string): Promise<void> {
    await this.page.getByPlaceholder('Designation').fill(designation);
    await this.page.locator('select').selectOption(model);
    await this.page.getByPlaceholder('Role').fill(role);
    await this.page.getByPlaceholder('Incept').fill(incept);
    await this.page.getByRole('button', { name: 'SPAWN' }).click({ timeout: patienceMs });
  }

  /** Resolves when the row shows this text; rejects with what it shows instead. */
  async shows(designation: string, column: 'status' | 'sightings', text: string): Promise<void> {
    const index = column === 'status' ? 4 : 5;
    await until(async () => (await this.cells(designation))[index], text);
  }

  /** The red line; '' when there is none. */
  async message(): Promise<string> {
    const line = this.page.locator('.msg');
    return (await line.isVisible()) ? ((await line.textContent()) ?? '') : '';
  }

  reads(message: string): Promise<void> {
    return until(() => this.message(), message);
  }

  /** Whether an order to retire is on its way. */
  isTransmitting(): Promise<boolean> {
    return this.page.locator('.processing').isVisible();
  }

  private row(designation: string): Locator {
    const cell = this.page.getByRole('cell', { name: designation, exact: true });
    return this.page.locator('#registry tbody tr').filter({ has: cell });
  }
}

/** Resolves when `see` returns the wanted text; rejects with what it returns instead. */
async function until(see: () => Promise<string | undefined>, wanted: string): Promise<void> {
  let seen: string | undefined;
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await wait(50)) {
    seen = await see();
    if (seen === wanted) return;
  }
  throw new Error(`The tab shows ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}.`);
}
