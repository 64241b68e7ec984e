import { css } from "../../vendor/lit.js";

export const form = css`
  .request-line { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 8px; align-items: start; }
  .request-line .messages, .request-line .value-of { grid-column: 1 / -1; }
  .uri { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 4px; }
  .uri .tool { height: 30px; } .uri hte-picker { grid-column: 1 / -1; }
  .method-select { width: auto; height: 31px; font: 600 12px/1.55 var(--mono); }
  .method-select.get { color: var(--get); } .method-select.post { color: var(--post); } .method-select.put {
    color: var(--put); }
  .method-select.patch { color: var(--patch); } .method-select.delete { color: var(--delete); }
  .head-row { justify-content: space-between; color: var(--muted); font-size: 12px; margin-bottom: 4px; }
  .head-row label { display: flex; align-items: center; gap: 6px; }
  .head-row .control { padding: 2px 7px; border-color: var(--line); color: var(--ink); font-size: 12px; }
  section > h3:first-child { margin: 14px 0 6px; }
  .field { margin-bottom: 12px; }
  .tab-body > label.row { margin-bottom: 10px; }
  .field-head { display: flex; align-items: baseline; gap: 8px; min-height: 24px; }
  .field-head .name { font-weight: 600; overflow-wrap: anywhere; }
  .needed { color: var(--bad); margin-left: 2px; }
  .tools { margin-left: auto; display: flex; gap: 2px; align-self: center; }
  .help { color: var(--muted); font-size: 12px; margin-top: 3px; overflow-wrap: anywhere; }
  .help .cut { overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
  .help > * { margin-right: 8px; } .help .whole, .help .whole > .prose { display: inline; }
  .field-filter { margin-top: 10px; padding: 4px 9px; }
  .help .cut .prose { display: inline; } .help .prose > p:only-child { display: inline; margin-right: 8px; }
  .nest, .branch { border-left: 2px solid var(--line); padding: 2px 0 2px 12px; margin: 4px 0; }
  .branch { margin-top: 8px; }
  .branch > .nest { border: 0; padding-left: 0; margin: 0; }
  .kind-text textarea { min-height: 5em; }
  .nest .field:last-of-type, .branch .field:last-of-type { margin-bottom: 6px; }
  .entry { display: grid; grid-template-columns: minmax(80px, 34%) minmax(0, 1fr); gap: 8px; align-items: start;
    margin-bottom: 6px; }
  .entry > .field { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 4px; margin: 0; }
  .entry > .field > * { grid-column: 1 / -1; }
  .entry > .field > .field-head { grid-column: 2; grid-row: 1; height: 30px; }
  .entry > .field > .field-head .name { position: absolute; width: 1px; overflow: hidden; clip-path: inset(50%); }
  .entry > .field > .field-head .type { display: none; }
  .entry > .field > .field-head + * { grid-column: 1; grid-row: 1; }
  .constant { display: inline-block; padding: 4px 9px; background: var(--sunken); border-radius: 7px; }
  .null-value { padding: 5px 9px; color: var(--muted); background: var(--sunken); border-radius: 7px; }
  .output { display: grid; grid-template-columns: minmax(90px, 30%) minmax(0, 1fr) auto; gap: 2px 8px;
    align-items: center; margin-bottom: 10px; }
  .output > p, .output > .messages { grid-column: 1 / -1; }
  .elsewhere { margin-bottom: 12px; padding: 7px 10px; border-radius: 7px; background: var(--sunken); }
  .elsewhere summary { cursor: pointer; font-size: 12px; }
  .code-editor { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
  .code-editor .cm-editor { max-height: 70vh; }
  .file-drop { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-top: 4px; padding: 5px 8px;
    border: 1px dashed var(--line-strong); border-radius: 7px; font-size: 12px; }
  .file-drop.over { border-color: var(--focus); background: var(--accent-soft); }
  .file-part { margin-bottom: 8px; }
  .file-pick { display: inline-flex; align-items: center; gap: 6px; padding: 3px 9px; border: 1px solid var(--line);
    border-radius: 6px; background: var(--surface); cursor: pointer; position: relative; }
  .file-pick:focus-within { outline: 2px solid var(--focus); outline-offset: 1px; }
  .file-name { min-width: 0; overflow-wrap: anywhere; }
  .stored { margin-bottom: 10px; }
  .stored .row { margin-bottom: 8px; }
  .raw.hex { white-space: pre; overflow: auto; overflow-wrap: normal; font-size: 11px; }
`;
