/** The little XML that S3's REST API needs. */

/** An element's content: text, or elements in order. */
export type Xml = string | number | boolean | readonly (readonly [name: string, content: Xml])[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export function xmlDocument(name: string, content: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(name, content)}`;
}

function element(name: string, content: Xml): string {
  const inner =
    typeof content === 'object'
      ? content.map(([child, value]) => element(child, value)).join('')
      : String(content).replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);
  return `<${name}>${inner}</${name}>`;
}

/** The texts of all elements of this name, wherever they are. */
export function xmlTexts(document: string, name: string): string[] {
  return xmlElements(document, name).map(unescapeXml);
}

/** What is inside of all elements of this name, as it is written; elements of one name are not inside of each other. */
export function xmlElements(document: string, name: string): string[] {
  const pattern = new RegExp(`<${name}>([^]*?)</${name}>`, 'g');
  return [...document.matchAll(pattern)].map(([, inner = '']) => inner);
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x?)?(\w+);/gi, (whole, ...[numeric, name]: (string | undefined)[]) => {
    if (numeric === undefined) return ENTITIES[name ?? ''] ?? whole;
    return String.fromCodePoint(Number.parseInt(name ?? '', numeric === '#' ? 10 : 16));
  });
}
