// Runs before every script, in a context of its own. Its value is a function that evaluates a
// script and returns JSON text: {"value": ...}, {"error": {"text": ..., "line": ...}}, or
// {"beyond": true} when the script read more of an object than it was given.
(function () {
  'use strict';
  const { parse, stringify, rawJSON: RAW } = JSON;
  const run = globalThis.eval;
  const { isArray } = Array;
  const MAX_LONG = 2n ** 63n;

  // `$` is plain data. Its objects and lists also have the methods of Java that scripts written
  // for a Conductor server call; they are not keys, and a key of the same name comes first.
  const hidden = (methods, prototype) => {
    const found = Object.create(prototype);
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(found, name, { value, writable: true, configurable: true });
    }
    return found;
  };
  const fallback = (value, otherwise) => (value === undefined ? otherwise : value);
  const maps = hidden({
    get(key) { return fallback(Object.hasOwn(this, key) ? this[key] : null, null); },
    getOrDefault(key, otherwise) { return Object.hasOwn(this, key) ? this[key] : otherwise; },
    containsKey(key) { return Object.hasOwn(this, key); },
    containsValue(value) { return Object.values(this).includes(value); },
    size() { return Object.keys(this).length; },
    isEmpty() { return Object.keys(this).length === 0; },
    keySet() { return list(Object.keys(this)); },
    values() { return list(Object.values(this)); },
    put(key, value) { const old = fallback(this[key], null); this[key] = value; return old; },
    remove(key) { const old = fallback(this[key], null); delete this[key]; return old; },
  }, Object.prototype);
  const lists = hidden({
    get(index) {
      if (index >= 0 && index < this.length) return this[index];
      throw new JavaError(`Index ${index} out of bounds for length ${this.length}`);
    },
    size() { return this.length; },
    isEmpty() { return this.length === 0; },
    contains(value) { return this.includes(value); },
    add(value) { this.push(value); return true; },
  }, Array.prototype);
  class JavaError extends Error {
    toString() { return this.message; }
  }
  const list = (items) => Object.setPrototypeOf(items, lists);
  // Names of headers have no case: a member is found whatever the case of its name.
  const caseless = (headers) => {
    const spelled = (name) => {
      if (typeof name !== 'string' || name in headers) return name;
      const wanted = name.toLowerCase();
      return fallback(Object.keys(headers).find((own) => own.toLowerCase() === wanted), name);
    };
    return new Proxy(headers, {
      get: (_, name) => headers[spelled(name)],
      set: (_, name, value) => Reflect.set(headers, spelled(name), value),
      has: (_, name) => spelled(name) in headers,
      deleteProperty: (_, name) => Reflect.deleteProperty(headers, spelled(name)),
      getOwnPropertyDescriptor: (_, name) =>
        Reflect.getOwnPropertyDescriptor(headers, spelled(name)),
    });
  };
  // A part of a large object. Whoever looks beyond it is evaluated again, with all of it.
  let beyond = false;
  const excerpt = (part) => {
    const look = () => { beyond = true; throw new Error('beyond'); };
    const known = (name) => name in part || look();
    return new Proxy(Object.setPrototypeOf(part, maps), {
      get: (_, name) => known(name) && part[name],
      has: (_, name) => known(name),
      ownKeys: look,
      getOwnPropertyDescriptor: (_, name) =>
        known(name) && Reflect.getOwnPropertyDescriptor(part, name),
    });
  };
  const adopted = (key, value) => {
    if (typeof value !== 'object' || value === null) return value;
    if (isArray(value)) return list(value);
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0] === '\u0000int') return BigInt(value['\u0000int']);
    if (keys.length === 1 && keys[0] === '\u0000headers') return caseless(value['\u0000headers']);
    if (keys.length === 1 && keys[0] === '\u0000part') return excerpt(value['\u0000part']);
    return Object.setPrototypeOf(value, maps);
  };

  // What a result becomes: as a server stores it.
  const EMPTY = [Date, RegExp, Set, WeakMap, WeakSet, Promise, Error, Function];
  const number = (value) => {
    if (!Number.isFinite(value)) return String(value);
    if (Object.is(value, -0)) return RAW('-0.0');
    if (Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
    return RAW(Math.abs(value) < 2 ** 63 ? String(BigInt(value)) : value.toExponential());
  };
  const plain = (value, depth) => {
    if (depth > 300) throw new RangeError('the result is nested too deep or contains itself');
    if (value === null || value === undefined) return null;
    if (typeof value === 'number') return number(value);
    if (typeof value === 'string') return value.toWellFormed();
    if (typeof value === 'boolean') return value;
    if (typeof value === 'bigint') {
      return value < MAX_LONG && value >= -MAX_LONG ? RAW(String(value)) : number(Number(value));
    }
    if (typeof value !== 'object') return {};
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return plain(value.valueOf(), depth);
    }
    if (EMPTY.some((kind) => value instanceof kind)) return {};
    if (isArray(value) || ArrayBuffer.isView(value)) {
      return Array.from(value, (item) => plain(item, depth + 1));
    }
    const found = Object.create(null);
    const pairs = value instanceof Map ? value.entries() : Object.entries(value);
    for (const [key, item] of pairs) found[String(key)] = plain(item, depth + 1);
    return found;
  };

  // A syntax error of the script itself is told with its place, its line and a mark below.
  const SYNTAX = [
    [/^return not in a function$/, 'Invalid return statement'],
    [/^expecting '(.+)'$/, 'Expected $1 but found '],
    [/^function name expected$/, 'Expected ident but found '],
    [/^unexpected token in expression: .*$/, 'Expected an operand but found '],
  ];
  const syntax = (message, script, row, column) => {
    const line = script.split('\n')[row - 1];
    const [words, told] = SYNTAX.find(([pattern]) => pattern.test(message)) ?? [/$/, ''];
    const token = /^(?:\w+|\S)/.exec(line.slice(column)) ?? ['eof'];
    const text = message.replace(words, told.endsWith(' ') ? told + token[0] : told);
    return `SyntaxError: inline:${row}:${column} ${text}\n${line}\n${' '.repeat(column)}^\n`;
  };

  // An error of JSON.parse names the character and its position, and no line of the script.
  const ofJson = new WeakSet();
  JSON.parse = function (text, reviver) {
    try {
      return parse(text, reviver);
    } catch (error) {
      const place = /^ +at <input>:(\d+):(\d+)\n +at parse \(native\)/.exec(error.stack);
      if (!place) throw error;
      const lines = String(text).split('\n');
      const before = lines.slice(0, place[1] - 1).join('\n').length + (place[1] > 1 ? 1 : 0);
      const at = before + Number(place[2]) - 1;
      const found = String(text)[at];
      const words = found ? `Unexpected token ${found} in JSON at position ${at}` : error.message;
      const told = new SyntaxError(words);
      ofJson.add(told);
      throw told;
    }
  };

  const failure = (error, script) => {
    if (!(error instanceof Error)) {
      const text = typeof error === 'object' && error !== null ? 'Error' : String(error);
      return { text, line: 0 };
    }
    const stack = String(error.stack);
    const made =
      error.constructor === Error || error instanceof JavaError || ofJson.has(error);
    if (error instanceof SyntaxError && !made && !stack.includes('<eval>')) {
      const [, row, column] = /^ +at <input>:(\d+):(\d+)/.exec(stack) ?? [];
      if (!row) return { text: String(error), line: 0 };
      return { text: syntax(error.message, script, row, column - 1), line: Number(row) };
    }
    const place = /<(?:eval|input|evalScript)>:(\d+)/.exec(stack);
    const line = made || !place ? null : Number(place[1]);
    const text = String(error)
      .replace(': cannot ', ': Cannot ')
      .replace(/^TypeError: '(.+)' is read-only$/, 'TypeError: Assignment to constant "$1"');
    return { text, line };
  };

  Number.prototype.toLocaleString = function () {
    const rounded = Math.round(Math.abs(this) * 1000) / 1000;
    if (!Number.isFinite(rounded) || rounded >= 1e21) return String(this);
    const [whole, part] = String(rounded).split('.');
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
    return (this < 0 && rounded ? '-' : '') + grouped + (part ? `.${part}` : '');
  };

  // Dates in words: the zone has its name, and numbers in English texts no zero in front.
  const dates = Date.prototype;
  for (const [pattern, text, ...names] of [
    [/GMT\+0000$/, '$& (GMT)', 'toString', 'toTimeString'],
    [/(^|\/|, )0(?=\d)/g, '$1', 'toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'],
  ]) {
    for (const name of names) {
      const told = dates[name];
      dates[name] = function () { return told.call(this).replace(pattern, text); };
    }
  }

  delete globalThis.btoa; // a server has neither
  delete globalThis.atob;
  const silent = () => undefined;
  const console = {};
  for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = silent;
  Object.defineProperty(globalThis, 'console', { value: console, writable: true });
  BigInt.prototype.toJSON = function () { return RAW(String(this)); };

  return function (text, root) {
    try {
      globalThis.$ = parse(root, adopted);
      const value = plain(run(text), 0);
      return stringify(beyond ? { beyond } : { value });
    } catch (error) {
      return stringify(beyond ? { beyond } : { error: failure(error, text) });
    }
  };
})()
