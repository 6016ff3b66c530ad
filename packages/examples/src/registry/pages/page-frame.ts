/** The common parts of all pages of the terminal: head, headings and footer. */
import { type Html, html } from './html.ts';

export interface PageContent {
  /** The initial values of the page's signals, and what runs when it has loaded. */
  readonly signals: Readonly<Record<string, string | number | boolean>>;
  readonly onLoad: string;
  readonly heading: string;
  readonly body: Html;
  /** The directory of the store. */
  readonly directory: string;
}

/** The stream continues in hidden tabs, and reconnects whenever it ends, for as long as the page is open. */
const streamOptions = '{openWhenHidden: true, retryMaxCount: Infinity, retryMaxWaitMs: 2000}';

/** The expression that opens a stream of pushes. */
export function openStream(path: string): string {
  return `@get('${path}', ${streamOptions})`;
}

export function page({ signals, onLoad, heading, body, directory }: PageContent): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="UTF-8" />
        <title>${heading}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/registry.css" />
        <script type="module" src="/registry.js"></script>
      </head>
      <body data-signals="${JSON.stringify(signals)}" data-on-load="${onLoad}">
        <div class="terminal">
          <h1>
            <span class="acronym">ΛↃ</span>
            <span class="wordmark"><span>LAMBDA</span><span class="combine">COMBINE</span></span>
          </h1>
          <p class="meta">Integrated Tracking Systems Division -- REP-DETECT Terminal v.2019</p>
          <h2>${heading}</h2>
          <p class="meta">LAPD Blade Runner Division -- Tyrell Corp. Subcontract LC-2018-BR</p>
          ${body}
          <div class="footer">
            ΛↃ Lambda Combine · Integrated Tracking Systems · Persistent prevalence store: ${directory}
          </div>
        </div>
      </body>
    </html>`.text;
}
