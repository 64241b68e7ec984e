import { css } from "../../vendor/lit.js";

export const response = css`
  .test-bar { position: sticky; top: -12px; z-index: 5; display: flex; flex-wrap: wrap; align-items: center;
    gap: 8px 14px; margin: -12px -16px 0; padding: 12px 16px 10px; background: var(--surface); }
  .test-bar > button { flex: none; padding: 6px 12px; }
  hte-sign-in { display: contents; } hte-sign-in > .message { flex-basis: 100%; margin: 0; }
  .facts { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; color: var(--muted);
    font-variant-numeric: tabular-nums; }
  .status { font-weight: 600; padding: 2px 8px; border-radius: 6px; background: var(--sunken); color: var(--ink);
    white-space: nowrap; }
  .status.s2 { background: var(--good-soft); color: var(--good); }
  .status.s3 { background: var(--accent-soft); color: var(--accent-strong); }
  .status.s4, .status.s5 { background: var(--bad-soft); color: var(--bad); }
  .verdict { display: flex; gap: 6px; align-items: flex-start; font-size: 12.5px; color: var(--muted);
    margin: 2px 0 8px; }
  .verdict .icon { margin-top: 2px; }
  .verdict.good { color: var(--good); } .verdict.warn { color: var(--warn); } .verdict.bad { color: var(--bad); }
  .problem { padding: 10px 12px; border-radius: 8px; background: var(--bad-soft); margin-bottom: 10px;
    overflow-wrap: anywhere; display: grid; gap: 4px; }
  .problem > p:first-child { color: var(--bad); }
  .asked { margin: 2px 0 10px; padding: 8px 12px; border-radius: 8px; background: var(--sunken); }
  .asked summary { cursor: pointer; font-weight: 600; }
  .ask { display: grid; gap: 3px; margin-top: 8px; }
  .stages { list-style: none; margin: 0 0 10px; padding: 0; font-size: 12px; }
  .stages li { display: flex; gap: 10px; padding: 1px 0; } .stages .failed { color: var(--bad); }
  .now { color: var(--muted); align-items: center; }
  .spinner { width: 11px; height: 11px; border: 2px solid var(--line-strong); border-top-color: var(--accent);
    border-radius: 50%; animation: spin 0.8s linear infinite; }
  @keyframes spin { to { rotate: 1turn; } }
  .pictures { display: flex; flex-wrap: wrap; gap: 10px; margin: 10px 0; }
  .pictures figure { margin: 0; width: 132px; }
  .pictures figure.large { width: 100%; }
  .pictures button { padding: 0; width: 100%; overflow: hidden; aspect-ratio: 1;
    background: repeating-conic-gradient(var(--sunken) 0 25%, var(--surface) 0 50%) 0 0 / 16px 16px; }
  .pictures .large button { aspect-ratio: auto; max-width: 640px; }
  .pictures img { width: 100%; height: 100%; object-fit: contain; display: block; }
  figcaption { display: flex; flex-direction: column; font-size: 11px; color: var(--muted); margin-top: 3px; }
  figcaption .mono { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .views { margin-bottom: 8px; align-items: center; }
  .tree-filter { margin-bottom: 8px; padding: 4px 9px; }
  .tree { font: 12px/1.5 var(--mono); overflow-x: auto; }
  .node { display: flex; align-items: baseline; gap: 7px; padding: 1px 6px 1px calc(var(--level, 0) * 14px + 2px);
    border-radius: 5px; cursor: pointer; white-space: nowrap; }
  [data-level="2"] { --level: 1; } [data-level="3"] { --level: 2; } [data-level="4"] { --level: 3; }
  [data-level="5"] { --level: 4; } [data-level="6"] { --level: 5; }
  [data-level="7"] { --level: 6; } [data-level="8"] { --level: 7; } [data-level="9"] { --level: 8; }
  [data-level="10"] { --level: 9; } [data-level="11"] { --level: 10; } [data-level="12"] { --level: 11; }
  .node:hover, .node:focus-visible { background: var(--accent-soft); }
  .node:focus-visible { outline-offset: -2px; }
  .twist { width: 12px; flex: none; color: var(--muted); text-align: center; }
  .twist.shut::before { content: "▸" / ""; } .twist.open::before { content: "▾" / ""; }
  .key { color: var(--code-key); } .key::after { content: ":" / ""; color: var(--muted); }
  .value.string { color: var(--code-string); overflow: hidden; text-overflow: ellipsis; } .value.number, .value.bigint {
    color: var(--code-number); } .value.boolean, .value.word { color: var(--code-word); }
  .use { visibility: hidden; margin-left: auto; font: 11px var(--sans); color: var(--accent-ink); padding: 0 6px; }
  .node:hover .use, .node:focus-visible .use { visibility: visible; }
  .raw { margin: 0 0 8px; padding: 10px 12px; background: var(--sunken); border-radius: 8px; white-space: pre-wrap;
    overflow-wrap: anywhere; max-height: 60vh; overflow: auto; scrollbar-width: thin; }
  .pairs { width: 100%; border-collapse: collapse; font-size: 12px; } .pairs th { text-align: left; font-weight: 500;
    color: var(--muted); padding: 4px 12px 4px 0; vertical-align: top; white-space: nowrap; }
  .pairs td { font-family: var(--mono); overflow-wrap: anywhere; padding: 4px 0; } .pairs tr + tr {
    border-top: 1px solid var(--line); }
  .scroll { overflow: auto; max-height: 60vh; } .table-view { border: 1px solid var(--line); border-radius: 8px; }
  .table-view table { min-width: 100%; border-collapse: collapse; font-size: 12px; } .table-view th, .table-view td {
    padding: 3px 8px; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
  .table-view thead th { position: sticky; top: 0; background: var(--sunken); } .table-view th { color: var(--muted);
    font-weight: 500; }
  .table-view.events :is(th, td) { vertical-align: top; white-space: normal; }
  .events td:nth-child(2) { overflow-wrap: anywhere; } .events td:last-child { white-space: nowrap; }
  .events .cell { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden;
    text-align: left; white-space: normal; overflow-wrap: anywhere; }
  .cell { padding: 0 2px; border: 0; background: none; font: 12px var(--mono); border-radius: 4px; }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 12px; font-size: 11.5px; color: var(--muted); margin-bottom: 8px; }
  .legend span { display: inline-flex; align-items: center; gap: 5px; } .swatch { width: 9px; height: 9px; }
  .waterfall { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: 12px; }
  .waterfall th { width: 34%; text-align: left; font-weight: 500; padding: 4px 10px 4px 0; overflow-wrap: anywhere; }
  .waterfall small { display: block; color: var(--muted); font-size: 11px; }
  .waterfall .tag { margin: 0; }
  .waterfall .time { width: 74px; text-align: right; color: var(--muted); font-variant-numeric: tabular-nums; }
  .waterfall .failed th { color: var(--bad); }
  .track svg { display: block; width: 100%; height: 18px; background: linear-gradient(var(--sunken) 0 0) center / 100%
  14px no-repeat; }
  .bar { fill: var(--accent); } .bar.dns { fill: #8a94a6; } .bar.connect { fill: #d08a2e; } .bar.tls { fill: #a45fd0; }
  .bar.send { fill: #2f9e8f; } .bar.wait { fill: #4f74e8; } .bar.receive { fill: #3aa564; }
  .phases td { padding: 0 0 8px; }
  .history { list-style: none; margin: 0; padding: 0; display: grid; gap: 4px; }
  .history li { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; padding: 3px 4px 4px 2px;
    border-radius: 7px; }
  .history li > button { flex: 1 0 auto; justify-content: flex-start; padding: 4px 6px; border: 0; background: none; }
  .history li:has(> [aria-current="true"]) { background: var(--accent-soft); }
  .history li > .row { gap: 6px; padding-left: 4px; }
  .diff { list-style: none; margin: 0; padding: 0; font: 12px var(--mono); } .diff li { padding: 4px 0;
    border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
  .diff .path { display: block; color: var(--muted); } .diff del { background: var(--bad-soft); color: var(--bad);
    text-decoration: none; padding: 0 4px; border-radius: 3px; } .diff ins { background: var(--good-soft);
      color: var(--good); text-decoration: none; padding: 0 4px; border-radius: 3px; }
  .mapping { position: sticky; bottom: -12px; z-index: 6; margin: auto -4px 0; padding: 10px 12px;
    border: 1px solid var(--line); border-radius: 10px; background: var(--raised); box-shadow: var(--shadow);
      display: grid; gap: 8px; }
  .mapping code { color: var(--accent-strong); }
  .mapping form .control { width: 16ch; } .mapping select { max-width: 24ch; }
  hte-mapping { margin-top: auto; position: sticky; bottom: -12px; display: block; z-index: 6; }
  @container (max-width: 720px) {
    .test-bar { position: fixed; z-index: 10; inset: auto 0 0; margin: 0; padding: 9px 14px;
      border-top: 1px solid var(--line); }
    .test-bar, .test-bar .facts { flex-wrap: nowrap; min-width: 0; }
    .test-bar:has([part="test-from-here"], > .tag) { flex-wrap: wrap; row-gap: 4px; }
    .test-bar kbd { display: none; }
    .test-bar .facts > * { flex: none; } .test-bar .status, .test-bar .busy { flex: 0 1 auto; min-width: 0;
      overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .mapping, hte-mapping { bottom: 58px; }
    .test-bar:has([part="test-from-here"], > .tag) ~ hte-mapping { &, .mapping { bottom: 90px; } }
    .pictures figure { width: 46%; }
  }
`;
