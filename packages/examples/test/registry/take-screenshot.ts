/** `npm run screenshot -w packages/examples`: creates docs/images/registry.png from the registry in a real browser. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chromium } from './chromium.ts';
import { RegistryProcess } from './registry-process.ts';
import { TerminalTab } from './terminal-tab.ts';

const images = join(import.meta.dirname, '../../../../docs/images');
const directory = mkdtempSync(join(tmpdir(), 'registry-'));
try {
  await using registry = new RegistryProcess(directory, ['--delay', '0']);
  await using browser = await Chromium.start();
  const tab = new TerminalTab(await browser.openTab(await registry.url));
  await tab.click('SIGHT', 'N6MAC41717');
  await tab.click('RETIRE', 'N6MAC41717');
  await tab.page.getByText('RETIRED: 1').waitFor();
  await tab.click('SIGHT', 'N6FAB21416');
  await tab.click('RETIRE', 'N7FAB00001');
  await tab.page.getByText('RACH32fa00a139').waitFor();
  // The temporary folder of this run means nothing to a reader of the page.
  const footer = tab.page.locator('.footer');
  const text = (await footer.innerText()).replace(directory.toUpperCase(), './registry-data');
  await tab.page.evaluate(`document.querySelector('.footer').textContent = ${JSON.stringify(text)}`);
  mkdirSync(images, { recursive: true });
  await tab.page.screenshot({ path: join(images, 'registry.png') });
} finally {
  rmSync(directory, { recursive: true });
}
