/** The real browser in which the pages are tested. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** True where tests with Chromium can run. Throws instead of returning false when `VARVE_REQUIRE_TOOLS` is set. */
export function hasChromium(): boolean {
  if (existsSync(executablePath)) return true;
  if (process.env['VARVE_REQUIRE_TOOLS'] !== undefined) throw new Error(`Chromium (${executablePath}) is missing.`);
  console.log(`Skipped: Chromium (${executablePath}) is not on this machine.`);
  return false;
}

/** A browser with an empty profile: no tabs, cookies or settings. */
export class Chromium implements AsyncDisposable {
  /** Errors that the pages wrote to their consoles, and uncaught errors. */
  readonly errors: string[] = [];
  /** The origins of all requests. */
  readonly origins = new Set<string>();
  private readonly context: BrowserContext;
  private readonly profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.profile = profile;
    context.on('request', (request) => void this.origins.add(new URL(request.url()).origin));
  }

  static async start(): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
    const viewport = { width: 1080, height: 640 };
    const context = await chromium.launchPersistentContext(profile, { executablePath, args: flags, viewport });
    return new Chromium(context, profile);
  }

  async openTab(url: string): Promise<Page> {
    const page = await this.context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('dialog', (dialog) => {
      this.errors.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 3 });
  }
}
