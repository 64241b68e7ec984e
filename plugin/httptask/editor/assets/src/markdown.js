// Markdown of an API description, drawn as templates: text stays text, so nothing in it can run.

import { html, nothing } from "../vendor/lit.js";
import { lexer } from "../vendor/marked.js";

const LONGEST = 60000;

export function markdown(text) {
  return text
    ? html`<div class="prose">${blocks(lexer(String(text).slice(0, LONGEST), { gfm: true }))}</div>`
    : nothing;
}

/** The words of a piece of markdown, without its marks. */
export const plainText = (text) => words(lexer(String(text).slice(0, LONGEST), { gfm: true })).trim();

const words = (tokens) =>
  tokens
    .map((token) => {
      const inner = token.tokens ?? token.items;
      return inner ? words(inner) : withoutTags(token.text ?? token.raw ?? "");
    })
    .join("");

const blocks = (tokens = []) => tokens.map((token) => (BLOCKS[token.type] ?? BLOCKS.other)(token));
const inline = (tokens = []) => tokens.map((token) => (INLINE[token.type] ?? INLINE.other)(token));

const BLOCKS = {
  space: () => nothing,
  heading: (token) => html`<p class="heading">${inline(token.tokens)}</p>`,
  paragraph: (token) => html`<p>${inline(token.tokens)}</p>`,
  text: (token) => (token.tokens ? inline(token.tokens) : decoded(token.text)),
  code: (token) => html`<pre tabindex="0"><code>${token.text}</code></pre>`,
  blockquote: (token) => html`<blockquote>${blocks(token.tokens)}</blockquote>`,
  hr: () => html`<hr />`,
  list: (token) => {
    const items = token.items.map((item) => html`<li>${blocks(item.tokens)}</li>`);
    return token.ordered ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`;
  },
  table: (token) => html`<div class="scroll" tabindex="0"><table>
    <thead><tr>${token.header.map((cell) => html`<th scope="col">${inline(cell.tokens)}</th>`)}</tr></thead>
    <tbody>${token.rows.map(
      (row) => html`<tr>${row.map((cell) => html`<td>${inline(cell.tokens)}</td>`)}</tr>`,
    )}</tbody></table></div>`,
  html: (token) => html`<p>${withoutTags(token.text)}</p>`,
  other: (token) => html`<p>${token.raw}</p>`,
};

const INLINE = {
  text: (token) => (token.tokens ? inline(token.tokens) : decoded(token.text)),
  escape: (token) => decoded(token.text),
  strong: (token) => html`<strong>${inline(token.tokens)}</strong>`,
  em: (token) => html`<em>${inline(token.tokens)}</em>`,
  del: (token) => html`<del>${inline(token.tokens)}</del>`,
  codespan: (token) => html`<code>${decoded(token.text)}</code>`,
  br: () => html`<br />`,
  link: (token) => link(token.href, inline(token.tokens)),
  image: (token) => token.text,
  html: (token) => withoutTags(token.text),
  other: (token) => token.raw,
};

export function link(href, content) {
  return /^https?:\/\//i.test(href ?? "")
    ? html`<a href=${href} target="_blank" rel="noopener noreferrer">${content}</a>`
    : content;
}

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " " };
const decoded = (text) => text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity]);
const withoutTags = (text) => decoded(text.replaceAll(/<[^>]*>/g, ""));
