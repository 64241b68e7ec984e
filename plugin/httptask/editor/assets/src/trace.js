// Reading traces.

export function lastResponse(trace) {
  return trace?.exchanges?.findLast(({ response }) => response)?.response;
}
