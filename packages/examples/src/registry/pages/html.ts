/** HTML from templates: inserted values are text and are escaped, unless they are HTML from the same template function. */

export class Html {
  readonly text: string;

  /** The text is used unescaped: it must not contain what a user typed. */
  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Insert = string | number | Html | readonly Html[];

export function html(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Html {
  return new Html(parts.map((part, index) => (index === 0 ? part : `${htmlOf(inserts[index - 1]!)}${part}`)).join(''));
}

function htmlOf(insert: Insert): string {
  if (typeof insert === 'string' || typeof insert === 'number') return escaped(String(insert));
  return insert instanceof Html ? insert.text : insert.map(({ text }) => text).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
