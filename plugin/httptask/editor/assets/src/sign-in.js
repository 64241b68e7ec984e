// Signing in for the credentials of the task in view: the page opens in a window of its own, and the server tells
// when it is done. Tokens stay on the server.

import { html, nothing } from "../vendor/lit.js";
import { Part } from "./part.js";

const WINDOW = "popup,width=520,height=680";
const isPage = (url) => /^https?:/i.test(url);

class SignIn extends Part {
  static reads = ["signIn", "here", "inputs", "references"];

  static properties = { ...Part.properties, waiting: { state: true }, error: { state: true } };

  constructor() {
    super();
    Object.assign(this, { waiting: null, error: null });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.cancel();
  }

  /** What is told of one task is nothing to another. */
  willUpdate() {
    const { here, signIn } = this.state;
    if (this.here !== here || !signIn) this.cancel();
    this.here = here;
  }

  render() {
    const { signIn } = this.state;
    if (!signIn) return nothing;
    return this.waiting ? this.wait(this.waiting) : this.offer(signIn);
  }

  offer({ name, missing }) {
    const open = missing.filter((text) => this.store.tests.inputFor(text) === "");
    if (open.length)
      return html`<span class="note">Before you can sign in to ${name}, give
        ${open.map((text, at) => html`${at ? ", " : ""}<code>${text}</code>`)}.</span>`;
    return html`<button part="sign-in-button" @click=${() => this.start()}>Sign in to ${name}</button>
      ${
        this.error
          ? html`<p class="message error" role="alert"><span>${this.error.message}${
              this.error.hint ? html` <em>${this.error.hint}</em>` : nothing
            }</span></p>`
          : nothing
      }`;
  }

  wait({ url, code }) {
    return html`<span class="facts" role="status"><span class="busy">waiting for the sign-in…</span>
      ${
        url
          ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${
              code ? new URL(url).host : "open its page"
            }</a>`
          : nothing
      }
      ${code ? html`<span>enter <code class="code">${code}</code></span>` : nothing}</span>
      <button class="small" @click=${() => this.keepFocus(() => this.cancel())}>Cancel sign-in</button>`;
  }

  /** The window is opened by the click itself, as browsers ask for, and led to the page when that is known. */
  async start() {
    const { grant } = this.state.signIn;
    const page = grant === "authorization_code" ? window.open("", "_blank", WINDOW) : null;
    if (page) page.opener = null;
    const waiting = { abort: new AbortController(), page, url: "", code: "" };
    this.keepFocus(() => Object.assign(this, { waiting, error: null }));
    const ended = await this.follow(waiting);
    if (ended.error) page?.close();
    if (this.waiting !== waiting) return;
    await this.keepFocus(async () => {
      if (!ended.error) await this.store.checks.now();
      if (this.waiting === waiting) Object.assign(this, { waiting: null, error: ended.error ?? null });
    });
  }

  /** The button that has the focus goes: the next one is given it. */
  async keepFocus(change) {
    const had = this.matches(":focus-within");
    await change();
    await this.updateComplete;
    if (had) (this.querySelector("button") ?? this.parentElement?.querySelector("button"))?.focus();
  }

  /** The last event, `signedIn` or `error`. */
  async follow(waiting) {
    let last = { error: { message: "The sign-in ended without a word.", hint: "" } };
    const take = (event) => {
      if (event.type === "invitation") this.invite(waiting, event);
      else last = event;
    };
    try {
      await this.store.api.signIn(this.store.given, take, waiting.abort.signal);
    } catch (error) {
      last = { error: error.error ?? { message: String(error), hint: "" } };
    }
    return last;
  }

  invite(waiting, { url, code }) {
    if (!isPage(url)) return;
    Object.assign(waiting, { url, code });
    waiting.page?.location.replace(url);
    this.requestUpdate();
  }

  cancel() {
    this.waiting?.abort.abort();
    Object.assign(this, { waiting: null, error: null });
  }
}

customElements.define("hte-sign-in", SignIn);
