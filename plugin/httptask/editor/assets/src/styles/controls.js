import { css } from "../../vendor/lit.js";

export const controls = css`
  button, input, select, textarea { font: inherit; color: inherit; }
  button { display: inline-flex; align-items: center; justify-content: center; gap: 6px; cursor: pointer;
    padding: 6px 12px; border: 1px solid var(--line); border-radius: 7px; background: var(--surface);
      transition: background 120ms; }
  button:hover:not(:disabled) { background: var(--sunken); }
  button:disabled { opacity: 0.55; cursor: default; }
  button.small { padding: 4px 10px; font-size: 12px; }
  button.primary { background: var(--accent); border-color: transparent; color: var(--on-accent); font-weight: 600; }
  button.primary:hover:not(:disabled) { background: var(--accent-over); }
  button.danger { background: var(--bad-soft); border-color: transparent; color: var(--bad); font-weight: 600; }
  button.link { padding: 0; border: 0; background: none; color: var(--accent-ink); text-decoration: underline;
    text-underline-offset: 2px; display: inline; }
  .icon { width: 14px; height: 14px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.6;
    stroke-linecap: round; stroke-linejoin: round; }
  button.primary .icon[data-solid] { fill: currentColor; }
  kbd { font: 10px/1 var(--mono); padding: 3px 5px; border: 1px solid color-mix(in srgb, currentColor 35%, transparent);
    border-radius: 4px; white-space: nowrap; }
  .tool { min-width: 24px; height: 22px; padding: 0 5px; border: 0; background: none; color: var(--muted);
    border-radius: 5px; font-size: 11.5px; }
  .tool.text { font-family: var(--mono); }
  .tool:hover:not(:disabled) { color: var(--ink); background: var(--sunken); }
  .tool[aria-pressed="true"] { background: var(--accent-soft); color: var(--accent-strong); font-weight: 600; }
  .chip { padding: 3px 9px 3px 7px; gap: 4px; border: 1px dashed var(--line-strong); border-radius: 99px;
    background: none; font-size: 12px; }
  .chip .icon { width: 11px; height: 11px; color: var(--muted); }
  .chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 10px 0 2px; }
  .control { width: 100%; min-width: 0; padding: 5px 9px; border: 1px solid var(--line-strong); border-radius: 7px;
    background: var(--surface); transition: border-color 120ms; }
  .control:hover { border-color: var(--muted); }
  .control:focus { outline: 2px solid var(--focus); outline-offset: -1px; border-color: transparent; }
  .control::placeholder { color: var(--muted); opacity: 1; }
  .control.code { font-family: var(--mono); font-size: 12px; line-height: 1.55; }
  .control.masked { -webkit-text-security: disc; }
  .control.bad { border-color: var(--bad); }
  textarea.control { display: block; resize: none; field-sizing: content; max-height: 16em; overflow: auto;
    scrollbar-width: thin; }
  select.control { padding-right: 4px; }
  .row { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
  .row .control { width: auto; }
  .row .grow { flex: 1; min-width: 0; overflow-wrap: anywhere; }
  .row + .raw { margin-top: 8px; }
  .segments { display: inline-flex; border: 1px solid var(--line-strong); border-radius: 7px; overflow: hidden; }
  .segment { border: 0; border-radius: 0; padding: 4px 12px; font-size: 12px; }
  .segment + .segment { border-left: 1px solid var(--line); }
  .segment[aria-checked="true"], .segment[aria-pressed="true"] { background: var(--accent-soft);
    color: var(--accent-strong); font-weight: 600; }
  .segment:focus-visible { outline-offset: -2px; }
  .tabs { display: flex; flex-wrap: wrap; gap: 2px; margin: 10px 0 12px; border-bottom: 1px solid var(--line); }
  .tabs [role="tab"] { border: 0; border-radius: 6px 6px 0 0; background: none; padding: 7px 9px; color: var(--muted);
    white-space: nowrap; box-shadow: none; gap: 5px; }
  .tabs [role="tab"]:hover { color: var(--ink); background: none; }
  .tabs [aria-selected="true"] { color: var(--ink); font-weight: 600; box-shadow: inset 0 -2px var(--accent); }
  .tabs [role="tab"]:focus-visible { outline-offset: -2px; }
  @container (max-width: 1150px) { .tabs { gap: 0; }
    .tabs [role="tab"] { padding: 7px 4px; gap: 3px; font-size: 12.5px; } }
  @container (max-width: 720px) { .tabs [role="tab"] { padding: 7px 3px; font-size: 11.5px; } }
  .count { font-size: 10.5px; font-weight: 500; color: var(--muted); background: var(--sunken); border-radius: 99px;
    padding: 0 5px; }
  .dot { width: 6px; height: 6px; border-radius: 50%; background: var(--bad); flex: none; }
  .dot.warning { background: var(--warn); }
  .tag { font-size: 11px; color: var(--warn); background: var(--warn-soft); border-radius: 5px; padding: 1px 6px;
    margin-left: 6px; font-weight: 500; }
  .fact { font-size: 11.5px; color: var(--muted); margin-right: 10px; display: inline-block; }
  .fact code { color: var(--ink); }
  .type { color: var(--muted); font: 11px var(--mono); }
  .note { color: var(--muted); font-size: 12px; margin: 4px 0; overflow-wrap: anywhere; }
  .quiet, .quiet-block { color: var(--muted); padding: 10px 2px; }
  .message { display: flex; gap: 6px; align-items: flex-start; font-size: 12px; margin-top: 4px;
    overflow-wrap: anywhere; }
  .message .icon { margin-top: 2px; }
  .message[hidden] { display: none; }
  .message.error { color: var(--bad); } .message.warning { color: var(--warn); }
  .message em { display: block; font-style: normal; color: var(--muted); }
  .plain-list { list-style: none; margin: 0; padding: 0; }
  .findings { border: 0; padding: 3px 9px; font-size: 12px; background: var(--warn-soft); color: var(--warn);
    white-space: nowrap; }
  .findings.bad { background: var(--bad-soft); color: var(--bad); }
  .popup { position: absolute; z-index: 15; left: 0; right: 0; top: calc(100% + 3px); max-height: 240px; overflow: auto;
    background: var(--raised); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shadow);
      padding: 4px; }
  .option { display: flex; gap: 10px; align-items: baseline; padding: 4px 8px; border-radius: 5px; cursor: pointer;
    font-size: 12px; }
  .option[aria-selected="true"] { background: var(--accent-soft); }
  .option .sample { margin-left: auto; color: var(--code-string); overflow: hidden; text-overflow: ellipsis;
    white-space: nowrap; max-width: 45%; font-size: 11px; }
  .picker { margin: 4px 0; padding: 6px; border: 1px solid var(--line); border-radius: 8px;
    background: var(--raised); box-shadow: var(--shadow); }
  .values { max-height: 240px; overflow: auto; margin-top: 4px; }
  .values-step { padding: 6px 8px 2px; font-size: 11px; font-weight: 600; color: var(--muted); }
  .results-read { margin: 6px 0; }
  hte-text { display: block; position: relative; }
`;
