/** The registry in a real browser: two operators at their tabs, while the process behind them is stopped and killed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Chromium, hasChromium } from './chromium.ts';
import { portOf, RegistryProcess } from './registry-process.ts';
import { TerminalTab } from './terminal-tab.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const patience = { timeout: 20_000 };
const roy = 'N6MAA10816';

// Skipped where there is no Chromium; `hasChromium` reports that, or throws.
describe.skipIf(!hasChromium())('in Chromium', { timeout: 120_000 }, () => {
  it('two operators see the same, compete, and go on where they were after a restart and a kill', async () => {
    await using browser = await Chromium.start();
    let url: string;
    let anna: TerminalTab;
    let ben: TerminalTab;
    {
      await using registry = new RegistryProcess(directory, ['--delay', '1.5']);
      url = await registry.url;
      anna = new TerminalTab(await browser.openTab(url));
      ben = new TerminalTab(await browser.openTab(url));
      expect(await anna.page.locator('h1').innerText()).toMatch(/ΛↃ\s*LAMBDA\s*COMBINE/);
      expect(await anna.page.locator('h2').innerText()).toBe('REPLICANT REGISTRATION DATABASE');
      expect(await anna.page.locator('thead th').allTextContents()).toEqual([
        'DESIGNATION',
        'MODEL',
        'ROLE',
        'INCEPT',
        'STATUS',
        'SIGHTINGS',
        'LAST SEEN',
        '',
      ]);
      expect(await ben.cells(roy)).toEqual([roy, 'Nexus-6', 'Combat', '2016-01-08', 'AT-LARGE', '0', '-']);

      // What one operator does, both see.
      await anna.click('SIGHT', 'N6MAC41717');
      for (const tab of [anna, ben]) await tab.shows('N6MAC41717', 'sightings', '1');

      // When two operators retire the same unit, only the later one reads that the order was void.
      await anna.click('RETIRE', roy);
      await expect.poll(() => anna.isTransmitting(), patience).toBe(true);
      expect(await ben.isTransmitting()).toBe(false);
      await ben.click('RETIRE', roy);
      await expect.poll(() => ben.isTransmitting(), patience).toBe(true);
      await ben.reads(`${roy} was already retired by another unit -- command void`);
      for (const tab of [anna, ben]) await tab.shows(roy, 'status', 'RETIRED');
      await expect.poll(() => ben.isTransmitting(), patience).toBe(false);
      expect([await anna.message(), await anna.isTransmitting()]).toEqual(['', false]);
      await ben.click('SIGHT', roy);
      await ben.reads('');

      expect(browser.errors).toEqual([]);
      expect(await registry.stop('SIGTERM')).toBe(0);
    }
    const before = await anna.cells(roy);
    {
      await using registry = new RegistryProcess(directory, ['--delay', '0', '--port', portOf(url)]);
      await registry.url;
      // Without any action, the tabs reconnect.
      await anna.click('RETIRE', 'N7FAB00001');
      await anna.reads('N7FAB00001 retirement order failed -- system error code RACH32fa00a139');
      await ben.spawn('N8MAX', 'Nexus-8', 'Loader', '2020-02-20');
      for (const tab of [anna, ben]) await tab.shows('N8MAX', 'status', 'AT-LARGE');
      expect(await ben.message()).toBe('');
      expect(await anna.message()).toContain('RACH32fa00a139');
      expect(await registry.stop('SIGKILL')).toBe('SIGKILL');
    }
    await using registry = new RegistryProcess(directory, ['--delay', '0', '--port', portOf(url)]);
    await registry.url;
    const fresh = new TerminalTab(await browser.openTab(url));
    await fresh.shows('N8MAX', 'status', 'AT-LARGE');
    expect(await fresh.cells(roy)).toEqual(before);
    await fresh.click('SIGHT', 'N8MAX');
    for (const tab of [fresh, anna, ben]) await tab.shows('N8MAX', 'sightings', '1');
    expect([...browser.origins]).toEqual([url]);
  });

  // Datastar's action `@post` sent orders again, and its indicator worked only once.
  it('shows each time that it waits, and sends no order again whose answer never came', async () => {
    await using browser = await Chromium.start();
    let tab: TerminalTab;
    let url: string;
    {
      await using registry = new RegistryProcess(directory, ['--delay', '1']);
      url = await registry.url;
      tab = new TerminalTab(await browser.openTab(url));
      for (let n = 0; n < 2; n++) {
        await tab.click('RETIRE', 'N7FAB00001');
        await expect.poll(() => tab.isTransmitting(), patience).toBe(true);
        await expect.poll(() => tab.isTransmitting(), patience).toBe(false);
      }
      expect(browser.errors).toEqual([]);
      await tab.click('RETIRE', roy);
      await expect.poll(() => tab.isTransmitting(), patience).toBe(true);
      await registry.stop('SIGKILL');
    }
    await tab.reads('No answer from central -- the order may or may not have been carried out');
    await using registry = new RegistryProcess(directory, ['--delay', '0', '--port', portOf(url)]);
    await registry.url;
    const fresh = new TerminalTab(await browser.openTab(url));
    await fresh.click('SIGHT', roy);
    await tab.shows(roy, 'sightings', '1');
    // Within this time Datastar would have tried again.
    await wait(2000);
    await tab.shows(roy, 'status', 'AT-LARGE');
  });

  it('shows what was typed as text, and takes it for no script', async () => {
    await using registry = new RegistryProcess(directory);
    await using browser = await Chromium.start();
    const tab = new TerminalTab(await browser.openTab(await registry.url));
    const typed = [`';alert(1)`, `<b>&"\${1}`, '</td><tr>'] as const;
    await tab.spawn(typed[0], 'Nexus-7', typed[1], typed[2]);
    await tab.shows(typed[0], 'status', 'AT-LARGE');
    expect(await tab.cells(typed[0])).toEqual([typed[0], 'Nexus-7', typed[1], typed[2], 'AT-LARGE', '0', '-']);
    await tab.click('SIGHT', typed[0]);
    await tab.shows(typed[0], 'sightings', '1');
    await tab.spawn(typed[0], 'Nexus-6', '', '');
    await tab.reads('Designation already registered');
    expect(browser.errors).toEqual([]);
  });

  it('shows the journal as it grows, the registry at each position, and all of it in a follower', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '0']);
    const url = await registry.url;
    await using follower = new RegistryProcess(directory, ['--follow']);
    const followerUrl = await follower.url;
    await using browser = await Chromium.start();
    const tab = new TerminalTab(await browser.openTab(url));
    const other = new TerminalTab(await browser.openTab(followerUrl));
    const journals = [await browser.openTab(`${url}/journal`), await browser.openTab(`${followerUrl}/journal`)];
    await tab.click('SIGHT', roy);
    await tab.shows(roy, 'sightings', '1');
    await tab.click('RETIRE', roy);
    await other.shows(roy, 'status', 'RETIRED');
    expect(await other.page.locator('button, input').count()).toBe(0);
    for (const journal of journals) {
      const commands = journal.locator('#journal tbody td:nth-child(3)');
      await expect.poll(() => commands.allTextContents(), patience).toEqual(['retire', 'sight', 'seed']);
      const slider = journal.locator('#moment');
      await expect.poll(() => slider.getAttribute('max'), patience).toBe('3');
      const past = journal.locator('#past-registry tbody tr').first();
      for (const [position, expected] of [
        ['1', '0AT-LARGE'],
        ['2', '1AT-LARGE'],
        ['3', '1RETIRED'],
        ['1', '0AT-LARGE'],
      ]) {
        await slider.fill(position!);
        const shown = async (): Promise<string> => {
          const cells = await past.locator('td').allTextContents();
          return cells.slice(4, 6).toReversed().join('');
        };
        await expect.poll(shown, patience).toBe(expected);
      }
    }
    expect(browser.errors).toEqual([]);
  });
});
