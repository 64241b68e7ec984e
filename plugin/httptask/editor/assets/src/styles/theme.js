import { css } from "../../vendor/lit.js";

/** Colours and type. A host overrides any `--hte-*` property. */
export const theme = css`
  :host {
    color-scheme: light dark;
    --sans: var(--hte-font, "Inter", "Segoe UI", system-ui, -apple-system, Roboto, sans-serif);
    --mono: var(--hte-mono, "JetBrains Mono", "SF Mono", ui-monospace, "Cascadia Code", Menlo, Consolas, monospace);
    --ground: var(--hte-ground, light-dark(#f5f6f8, #0f1217));
    --surface: var(--hte-surface, light-dark(#ffffff, #161a21));
    --raised: light-dark(#ffffff, #1d222b);
    --sunken: light-dark(#f4f5f7, #11151b);
    --ink: var(--hte-ink, light-dark(#1b2330, #e3e8ef));
    --muted: light-dark(#5a6575, #98a3b3);
    --line: light-dark(#e1e5ea, #29303b);
    --line-strong: light-dark(#858f9e, #5e6979);
    --accent: var(--hte-accent, light-dark(#3558d6, #8ba6ff));
    --accent-ink: light-dark(
      oklch(from var(--accent) min(l, 0.52) c h), oklch(from var(--accent) max(l, 0.76) c h));
    --accent-strong: color-mix(in oklab, var(--accent-ink) 78%, light-dark(black, white));
    --accent-soft: color-mix(in oklab, var(--accent) 9%, var(--surface));
    --on-accent: oklch(from var(--accent) clamp(0, (0.57 - l) * 1000, 1) 0 0);
    --accent-over: oklch(from var(--accent) calc(l + (l - 0.57) * 0.15) c h);
    --focus: var(--accent-ink);
    --selection: color-mix(in oklab, var(--accent) 28%, var(--surface));
    --good: light-dark(#12683c, #6fd39a);
    --good-soft: light-dark(#e4f5ea, #12301f);
    --warn: light-dark(#7d5100, #eabb5e);
    --warn-soft: light-dark(#fdf3dc, #33270d);
    --bad: light-dark(#b3261e, #ff9288);
    --bad-soft: light-dark(#fdeceb, #3a1714);
    --code-key: light-dark(#7a2fb8, #d0a5ff);
    --code-string: light-dark(#136c3f, #87d6a6);
    --code-number: light-dark(#a3460b, #f2ad76);
    --code-word: light-dark(#1f5fb0, #8dbdff);
    --get: light-dark(#12683c, #6fd39a);
    --post: light-dark(#2a52c4, #93b0ff);
    --put: light-dark(#7d5100, #eabb5e);
    --patch: light-dark(#6b3fb0, #c7a3ff);
    --delete: light-dark(#b3261e, #ff9288);
    --shadow: 0 6px 24px light-dark(rgb(20 30 50 / 14%), rgb(0 0 0 / 50%));
    display: block;
    min-width: 0;
    color: var(--ink);
    font: 13px/1.45 var(--sans);
    -webkit-font-smoothing: antialiased;
  }
  :host([theme="light"]) { color-scheme: light; }
  :host([theme="dark"]) { color-scheme: dark; }
  :host([hidden]) { display: none; }
  *, *::before, *::after { box-sizing: border-box; }
  code, .mono, pre { font-family: var(--mono); font-size: 0.93em; }
  h2, h3 { margin: 0; font-weight: 600; letter-spacing: -0.005em; }
  h2 { font-size: 15px; }
  h3 { margin: 16px 0 6px; font-size: 12px; color: var(--muted); }
  p { margin: 0; }
  a { color: var(--accent-ink); }
  .muted { color: var(--muted); }
  .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  :focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; }
  [tabindex="-1"]:focus-visible { outline: none; }
  @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;
