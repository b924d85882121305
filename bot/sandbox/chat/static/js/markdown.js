// Discord's markdown, read into a tree. Pure: text in, plain objects out.
//
// A node has a kind; most have `children`, "text", "code" and "block" have `text`.

const FENCE = /```(?:([\w+#.-]+)\n)?([\s\S]*?)```/g;
const HEADING = /^(#{1,3}) +(.+)$/;
const SMALL = /^-# +(.+)$/;
const QUOTE = /^> ?(.*)$/;
const ITEM = /^( *)([-*]|\d{1,9}\.) +(.+)$/;
const BODY = "((?:\\\\[\\s\\S]|[^\\\\])+?)";

// The order matters: longer marks come before those that they begin with.
const INLINE = [
  [/^\\([^\p{L}\p{N}\s])/u, ([, character]) => ({ kind: "text", text: character })],
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, ([, , text]) => ({ kind: "code", text: text.trim() || text })],
  [new RegExp(`^\\|\\|${BODY}\\|\\|`), nest("spoiler")],
  [new RegExp(`^\\*\\*${BODY}\\*\\*(?!\\*)`), nest("bold")],
  [new RegExp(`^__${BODY}__(?!_)`), nest("underline")],
  [new RegExp(`^~~${BODY}~~`), nest("strike")],
  [/^\*(?![\s*])((?:\*\*|\\[\s\S]|[^\\*])+?)\*(?!\*)/, nest("italic")],
  [/^_((?:__|\\[\s\S]|[^\\_])+?)_(?!\w)/, nest("italic")],
  [/^\[((?:\\[\s\S]|[^\\\]])+)\]\(<?(https?:\/\/[^\s)>]+)>?(?: +"[^"]*")?\)/, maskedLink],
  [/^<(https?:\/\/[^\s>]+)>/, ([, url]) => link(url)],
  [/^https?:\/\/[^\s<>"]*[^\s<>".,;:!?'()[\]*_~|\\]/, ([url]) => link(url), "word"],
  [/^<@!?(\d+)>/, ([, id]) => ({ kind: "user", id })],
  [/^<@&(\d+)>/, ([, id]) => ({ kind: "role", id })],
  [/^<#(\d+)>/, ([, id]) => ({ kind: "channel", id })],
  [/^<\/([\w -]+):\d+>/, ([, path]) => ({ kind: "command", path })],
  [/^<t:(-?\d{1,12})(?::([tTdDfFR]))?>/, ([, unix, style]) => (
    { kind: "time", unix: Number(unix), style: style ?? "f" })],
  [/^<a?:(\w{2,32}):\d+>/, ([, name]) => ({ kind: "text", text: `:${name}:` })],
  [/^@(everyone|here)\b/, ([text]) => ({ kind: "everyone", text })],
];
const PLAIN = /^(?:`+|[^\\`|*_~[<h@]+)/;
const DEEPEST = 12;

/** Read a text with blocks: headings, quotations, lists and code. */
export function parse(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    nodes.push(...blocks(text.slice(end, match.index).replace(/\n$/, "")));
    nodes.push({ kind: "block", language: match[1] ?? "", text: match[2].replace(/^\n+|\n+$/g, "") });
    end = match.index + match[0].length;
  }
  nodes.push(...blocks(text.slice(end).replace(/^\n/, end ? "" : "\n")));
  return nodes;
}

/** Read a text within a line: marks, links, mentions and times. */
export function parseInline(text, depth = 0) {
  if (depth > DEEPEST) return [{ kind: "text", text }];
  const nodes = [];
  let rest = text;
  let before = "";
  while (rest) {
    const [length, node] = next(rest, before, depth + 1);
    const last = nodes.at(-1);
    if (node.kind === "text" && last?.kind === "text") last.text += node.text;
    else nodes.push(node);
    before = rest[length - 1];
    rest = rest.slice(length);
  }
  return nodes;
}

function next(rest, before, depth) {
  for (const [expression, make, where] of INLINE) {
    if (where === "word" && /\w/.test(before)) continue;
    const match = expression.exec(rest);
    if (match) return [match[0].length, make(match, depth)];
  }
  const plain = PLAIN.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0));
  return [plain.length, { kind: "text", text: plain }];
}

function nest(kind) {
  return ([, inner], depth) => ({ kind, children: parseInline(inner, depth) });
}

function maskedLink([, shown, url], depth) {
  return { kind: "link", url, children: parseInline(shown, depth) };
}

function link(url) {
  return { kind: "link", url, children: [{ kind: "text", text: url }] };
}

function blocks(text) {
  if (!text) return [];
  const nodes = [];
  const lines = text.split("\n");
  while (lines.length) {
    const take = [takeRest, takeQuote, takeHeading, takeList].find((each) => each.fits(lines[0]));
    nodes.push(take ? take(lines) : takeLines(lines));
  }
  return nodes;
}

function takeRest(lines) {
  const text = lines.splice(0).join("\n").replace(/^>>> ?/, "");
  return { kind: "quote", children: blocks(text) };
}
takeRest.fits = (line) => /^>>> /.test(line);

function takeQuote(lines) {
  const inner = [];
  while (lines.length && QUOTE.test(lines[0])) inner.push(QUOTE.exec(lines.shift())[1]);
  return { kind: "quote", children: blocks(inner.join("\n")) };
}
takeQuote.fits = (line) => /^> /.test(line) || line === ">";

function takeHeading(lines) {
  const line = lines.shift();
  const small = SMALL.exec(line);
  if (small) return { kind: "small", children: parseInline(small[1]) };
  const [, marks, text] = HEADING.exec(line);
  return { kind: "heading", level: marks.length, children: parseInline(text) };
}
takeHeading.fits = (line) => HEADING.test(line) || SMALL.test(line);

function takeList(lines) {
  const items = [];
  while (lines.length && ITEM.test(lines[0])) {
    const [, indent, mark, text] = ITEM.exec(lines.shift());
    const depth = Math.min(5, Math.floor(indent.length / 2));
    const number = /^\d/.test(mark) ? Number.parseInt(mark, 10) : null;
    items.push({ depth, number, children: parseInline(text) });
  }
  return { kind: "list", items };
}
takeList.fits = (line) => ITEM.test(line);

function takeLines(lines) {
  const plain = [lines.shift()];
  const begins = (line) => [takeRest, takeQuote, takeHeading, takeList]
    .some((each) => each.fits(line));
  while (lines.length && !begins(lines[0])) plain.push(lines.shift());
  return { kind: "lines", children: parseInline(plain.join("\n")) };
}
