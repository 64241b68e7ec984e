// A wrapper for React 18, which sets no properties and hears no events of custom elements; it works
// in React 19 too, where the element can also be used as it is.
//
//     import { createHttpTaskEditor } from ".../react.js";
//     const HttpTaskEditor = createHttpTaskEditor(React);
//     <HttpTaskEditor apiBase="..." token="..." task={task} onChange={({ task }) => ...} />

import "./editor.js";

const PROPERTIES = [
  "apiBase",
  "token",
  "task",
  "workflow",
  "taskReference",
  "theme",
  "readOnly",
  "saveState",
  "transport",
  "services",
];
const EVENTS = {
  onChange: "change",
  onReady: "ready",
  onSelect: "select",
  onValidity: "validity",
  onTestStart: "test-start",
  onTestEnd: "test-end",
  onMap: "map",
  onSave: "save",
  onError: "error",
};

export function createHttpTaskEditor({
  createElement,
  forwardRef,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
}) {
  return forwardRef(function HttpTaskEditor(props, ref) {
    const element = useRef(null);
    const latest = useRef(props);
    latest.current = props;
    useImperativeHandle(ref, () => element.current);
    useLayoutEffect(() => {
      PROPERTIES.filter((name) => props[name] !== undefined).forEach((name) => {
        element.current[name] = props[name];
      });
    });
    useEffect(() => {
      const { current } = element;
      const heard = Object.entries(EVENTS).map(([handler, name]) => [
        `httptask-${name}`,
        (event) => latest.current[handler]?.(event.detail, event),
      ]);
      heard.forEach(([type, listen]) => current.addEventListener(type, listen));
      return () => heard.forEach(([type, listen]) => current.removeEventListener(type, listen));
    }, []);
    const { className, style, id } = props;
    return createElement("http-task-editor", { ref: element, class: className, style, id });
  });
}
