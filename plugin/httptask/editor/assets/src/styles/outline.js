import { css } from "../../vendor/lit.js";

export const outline = css`
  hte-bar { display: contents; }
  hte-bar .tools { margin-left: 0; }
  hte-outline { display: flex; flex-direction: column; min-height: 0; max-height: 46vh; }
  hte-outline:last-child { max-height: none; }
  .outline { display: flex; flex-direction: column; min-height: 0; margin-top: 12px; }
  .outline-head { display: flex; align-items: center; gap: 8px; flex: none; }
  .outline-head h3 { margin: 0; white-space: nowrap; }
  .outline .chips { flex: none; margin: 6px 0 4px; }
  .step-filter { flex: none; margin: 6px 0 2px; padding: 3px 9px; }
  .steps { overflow: auto; min-height: 30px; margin: 4px -6px 0; padding: 1px 2px; scrollbar-width: thin; }
  .step, .branch-row { display: flex; align-items: center; gap: 6px; min-height: 26px; border-radius: 6px;
    cursor: pointer;
    padding: 2px 8px 2px calc(var(--level, 0) * 12px + 2px); content-visibility: auto; contain-intrinsic-height: 26px; }
  .step:hover { background: light-dark(#e9ecf1, #1c222b); }
  .step[aria-current="step"] { background: var(--accent-soft); }
  .step[aria-current="step"] .step-name { color: var(--accent-strong); font-weight: 600; }
  .step:focus-visible, .branch-row:focus-visible { outline-offset: -2px; }
  .step-name { font: 12px var(--mono); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 1; }
  .step-kind { font-size: 10px; color: var(--muted); letter-spacing: 0.02em; }
  .step .ok { color: var(--good); } .step .failed { color: var(--bad); }
  .step .ok, .step .failed { display: flex; }
  .branch-row { padding-left: calc(var(--level, 0) * 12px + 16px); cursor: default; color: var(--muted);
    font-size: 11.5px; font-style: italic; }
  .step.over, .branch-row.over { box-shadow: inset 0 0 0 2px var(--focus); }
  @container (max-width: 1150px) { hte-outline { max-height: 190px; } hte-outline:last-child { max-height: 34vh; } }
  .task-title { margin-bottom: 4px; }
  .conflict { position: absolute; z-index: 30; top: 54px; right: 16px; width: min(560px, calc(100% - 32px));
    padding: 14px 16px;
    display: grid; gap: 10px; background: var(--raised); border: 1px solid var(--line); border-radius: 10px;
      box-shadow: var(--shadow); }
  .conflict .diff { max-height: 40vh; overflow: auto; }
  .value-of { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
`;
