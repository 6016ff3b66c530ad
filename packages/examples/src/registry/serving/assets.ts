/** The assets that the pages load, all of them from this machine. */
import { readFileSync } from 'node:fs';
import { clientScript } from '../pages/client-script.ts';
import { style } from '../pages/style.ts';

export interface Asset {
  readonly type: string;
  readonly content: string | Buffer;
}

const script = 'text/javascript; charset=utf-8';

/** The assets by path, read once. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  const datastar = new URL('datastar.js', import.meta.resolve('@starfederation/datastar'));
  return new Map<string, Asset>([
    ['/registry.css', { type: 'text/css; charset=utf-8', content: style }],
    ['/registry.js', { type: script, content: clientScript }],
    ['/datastar.js', { type: script, content: withoutSourceMap(readFileSync(datastar, 'utf8')) }],
    ['/fonts/cousine-400.woff2', font(import.meta.resolve('@fontsource/cousine/files/cousine-latin-400-normal.woff2'))],
    ['/fonts/cousine-700.woff2', font(import.meta.resolve('@fontsource/cousine/files/cousine-latin-700-normal.woff2'))],
    [
      '/fonts/saira-500.woff2',
      font(import.meta.resolve('@fontsource/saira-extra-condensed/files/saira-extra-condensed-latin-500-normal.woff2')),
    ],
  ]);
}

function font(url: string): Asset {
  return { type: 'font/woff2', content: readFileSync(new URL(url)) };
}

/** Removes the reference to the source map, which is not served. */
function withoutSourceMap(text: string): string {
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, '');
}
