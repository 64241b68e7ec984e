import { css } from "../../vendor/lit.js";

export const layout = css`
  .frame { container-type: inline-size; position: relative; display: flex; flex-direction: column; height: 100%;
    min-height: 320px; background: var(--ground); }
  header.bar { display: flex; align-items: center; gap: 12px; min-height: 44px; padding: 0 14px;
    background: var(--surface); border-bottom: 1px solid var(--line); }
  .workflow-name { font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: 26ch; }
  .bar-end { margin-left: auto; display: flex; align-items: center; gap: 8px; }
  .panes { flex: 1; min-height: 0; display: grid; grid-template: minmax(0, 1fr) / minmax(260px, 22%) minmax(0, 1fr)
  minmax(0, 1fr); }
  .pane { position: relative; min-width: 0; min-height: 0; overflow: auto; padding: 12px 16px 24px;
    background: var(--surface); scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
  .pane + .pane { border-left: 1px solid var(--line); }
  .catalogue { background: var(--ground); }
  .catalogue, .response { display: flex; flex-direction: column; }
  hte-search { display: flex; flex-direction: column; min-height: 0; flex: 1; }
  hte-response { display: flex; flex-direction: column; flex: 1; }
  .toast-place { position: absolute; right: 16px; bottom: 16px; left: 16px; display: flex; justify-content: flex-end;
    pointer-events: none; z-index: 20; }
  .toast { pointer-events: auto; display: flex; gap: 12px; align-items: baseline;
    max-width: 560px; padding: 9px 14px; border-radius: 8px; background: light-dark(#1b2330, #e3e8ef);
    color: light-dark(#fff, #10151d); box-shadow: var(--shadow); overflow-wrap: anywhere; }
  .toast .link { color: inherit; }
  .offline { padding: 8px 16px; background: var(--warn-soft); color: var(--warn); border-top: 1px solid var(--line); }

  .search-box { position: relative; flex: none; }
  .search-box .icon { position: absolute; left: 10px; top: 9px; color: var(--muted); }
  .search-box .control { padding: 7px 56px 7px 32px; }
  .search-box kbd { position: absolute; right: 8px; top: 7px; }
  .hits { flex: none; max-height: 45%; overflow: auto; margin: 8px -6px 0; padding: 0 2px; scrollbar-width: thin; }
  .hit { display: flex; gap: 10px; align-items: baseline; padding: 6px 8px; border-radius: 7px; cursor: pointer; }
  .hit[aria-selected="true"] { background: var(--accent-soft); }
  .hit:hover { background: light-dark(#e9ecf1, #1c222b); }
  .hit.current .hit-title { color: var(--accent-ink); font-weight: 600; }
  .hit-text { min-width: 0; flex: 1; }
  .hit-title, .hit-sub { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .hit-sub { color: var(--muted); font-size: 11.5px; }
  .method { font: 600 10px/1.6 var(--mono); letter-spacing: 0.02em; color: var(--muted); min-width: 4.2ch; }
  .method.get { color: var(--get); } .method.post { color: var(--post); } .method.put { color: var(--put); }
  .method.patch { color: var(--patch); } .method.delete { color: var(--delete); }

  hte-docs { display: block; flex: 1; min-height: 0; margin-top: 10px; border-top: 1px solid var(--line); }
  .docs { height: 100%; overflow: auto; padding: 14px 4px 14px 0; overflow-wrap: anywhere; scrollbar-width: thin; }
  .docs h3 { margin-top: 18px; }
  .docs .where { margin: 4px 0 10px; }
  .docs .where .method { font-size: 11px; margin-right: 2px; }
  .docs .choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr)); gap: 0 8px; }
  .docs .choice { display: grid; gap: 2px; margin-bottom: 6px; color: var(--muted); font-size: 12px; }
  .docs .choice .control { padding: 3px 7px; color: var(--ink); }
  .docs dl { margin: 0; } .docs dl dl { margin: 6px 0 0; padding-left: 10px; border-left: 2px solid var(--line); }
  .docs dt { margin-top: 9px; } .docs dt code { font-weight: 600; font-size: 12px; }
  .docs dd { margin: 1px 0 0; color: var(--muted); font-size: 12px; }
  .prose > * { margin: 0 0 7px; } .prose > :last-child { margin-bottom: 0; }
  .prose .heading { font-weight: 600; } .prose ul, .prose ol { padding-left: 18px; }
  .prose pre { padding: 8px 10px; background: var(--sunken); border-radius: 6px; overflow: auto; }
  .prose table { border-collapse: collapse; } .prose th, .prose td { border: 1px solid var(--line); padding: 3px 7px;
    text-align: left; }
  .prose code { background: var(--sunken); border-radius: 4px; padding: 1px 4px; }
  .prose pre code { background: none; padding: 0; }

  .panes:has(.start) .response { display: none; } .panes:has(.start) .request { grid-column: 2 / -1; }
  .start { max-width: 54ch; margin: 8vh auto 0; }
  .start h2 { font-size: 17px; margin-bottom: 16px; }
  .start ol { list-style: none; counter-reset: step; margin: 0; padding: 0; display: grid; gap: 18px; }
  .start li { counter-increment: step; padding-left: 38px; position: relative; line-height: 1.7; }
  .start li::before { content: counter(step); position: absolute; left: 0; top: 0; width: 24px; height: 24px;
    border-radius: 50%; background: var(--accent-soft); color: var(--accent-strong); text-align: center;
      font-weight: 600; line-height: 24px; }
  .start li:first-child::before { top: 6px; } .start li button { vertical-align: middle; }
  .start small { display: block; color: var(--muted); font-size: 12px; line-height: 1.5; }

  @container (max-width: 1150px) {
    .panes { grid-template: minmax(0, auto) minmax(0, 1fr) / minmax(0, 1fr) minmax(0, 1fr); }
    .catalogue { grid-area: 1 / 1; max-height: 46vh; border-bottom: 1px solid var(--line); padding-bottom: 10px; }
    .request { grid-area: 2 / 1; border-left: 0 !important; }
    .panes:has(.start) { .catalogue { grid-column: 1 / -1; } .request { grid-column: 1 / -1; } }
    .response { grid-area: 1 / 2 / 3 / 3; }
    .catalogue hte-docs { min-height: 110px; }
    .catalogue .hits { max-height: 130px; }
  }
  @container (max-width: 720px) {
    .panes { display: block; overflow: auto; scrollbar-width: thin; background: var(--surface); }
    .pane { overflow: visible; border-left: 0 !important; padding: 12px 14px 18px; }
    .pane + .pane { border-top: 1px solid var(--line); }
    .catalogue { max-height: none; }
    .catalogue hte-docs { flex: none; max-height: 220px; overflow: auto; }
    header.bar { flex-wrap: wrap; gap: 0 10px; padding: 6px 12px; }
    .workflow-name { flex: 1; max-width: none; }
    .start { margin-top: 12px; }
    .toast-place { bottom: 62px; }
    .response { min-height: 60vh; padding-bottom: 100px; }
  }
`;
