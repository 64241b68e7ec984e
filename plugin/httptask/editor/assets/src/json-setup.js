// How CodeMirror is set up for a task.

import {
  acceptCompletion,
  autocompletion,
  bracketMatching,
  completionKeymap,
  defaultKeymap,
  drawSelection,
  EditorState,
  EditorView,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  history,
  historyKeymap,
  json,
  keymap,
  lineNumbers,
  lintGutter,
  searchKeymap,
  syntaxHighlighting,
  tags,
} from "../vendor/codemirror.js";

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-key)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: [tags.bool, tags.null], color: "var(--code-word)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--ink)", fontSize: "12px" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-1px" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--muted)", border: "none" },
  ".cm-content": { fontFamily: "var(--mono)", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line)",
    borderRadius: "6px",
    overflow: "hidden",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
});

export function jsonExtensions(store, changed) {
  return [
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    json(),
    look,
    syntaxHighlighting(colours),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": "Task as JSON", tabindex: "0" }),
    EditorState.readOnly.of(store.state.readOnly),
    autocompletion({ override: [(context) => expressions(store, context)], icons: false }),
    keymap.of([
      { key: "Tab", run: acceptCompletion },
      ...completionKeymap,
      ...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"),
      ...historyKeymap,
      ...foldKeymap,
      ...searchKeymap,
    ]),
    EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
  ];
}

async function expressions(store, context) {
  const found = context.matchBefore(/(?<!\$)\$\{[^}"\n]*/);
  if (!found) return null;
  const items = await store.api.complete(store.draft, found.text.slice(2)).catch(() => []);
  return {
    from: found.from + 2,
    filter: false,
    options: items.map((item) => ({
      label: item.text,
      displayLabel: item.label,
      detail: [item.detail, item.value].filter(Boolean).join(" · "),
      apply: item.more ? item.text : closing(item.text),
    })),
  };
}

function closing(text) {
  return (view, completion, from, to) => {
    const closed = view.state.sliceDoc(to, to + 1) === "}";
    view.dispatch({
      changes: { from, to, insert: closed ? text : `${text}}` },
      selection: { anchor: from + text.length + 1 },
    });
  };
}
