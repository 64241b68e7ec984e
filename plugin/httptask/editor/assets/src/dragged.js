// Values that are dragged: as text for any text field, and marked as ours for the other fields.

const KIND = "text/httptask-expression";

/** Let a drag carry an expression, given without ${ and }. */
export function dragged({ dataTransfer }, text) {
  dataTransfer.setData("text/plain", `\${${text}}`);
  dataTransfer.setData(KIND, `\${${text}}`);
}

export const isDragged = ({ dataTransfer }) => dataTransfer.types.includes(KIND);

/** Whether it is over a text field, which takes the text itself. */
export const inText = (event) => Boolean(event.composedPath()[0].closest?.("textarea, input"));

/** The expression that is dropped where no text field takes it; "" if there is none. */
export const dropped = (event) => (inText(event) ? "" : event.dataTransfer.getData(KIND));
