import { AuthError, createAuth, type Auth, type Session } from "../auth-fetch.ts";
import { createAPI } from "../client.ts";
import { byId, thisBrowser } from "./dom.ts";
import { showLife } from "./life.ts";
import { loggedFetch } from "./log.ts";
import { showAccount, showSessions } from "./sessions.ts";

type Delivery = "body" | "cookie";

// The page stands one step below the token endpoints, wherever those are.
const baseURL = new URL("..", location.href).href;
const make = (delivery: Delivery) => createAuth({ delivery, baseURL, fetch: loggedFetch });
const auths: Record<Delivery, Auth> = { cookie: make("cookie"), body: make("body") };

const signedOut = byId("signed-out", HTMLElement);
const signedIn = byId("signed-in", HTMLDivElement);
const alert = byId("alert", HTMLParagraphElement);
const status = byId("status", HTMLParagraphElement);
const form = byId("sign-in", HTMLFormElement);

/** Whose session is shown, and that session. */
let delivery: Delivery = "cookie";
let session: Session | null = null;
let pairs = 0;

const auth = () => auths[delivery];
const api = () => createAPI(auth(), baseURL.replace(/\/$/, ""));

/** Draws the page anew after any change, here or in another tab. */
async function update(): Promise<void> {
  const [cookie, body] = await Promise.all([auths.cookie.session(), auths.body.session()]);
  const before = session;
  session = cookie ?? body;
  if (session) delivery = cookie ? "cookie" : "body";
  signedOut.hidden = session !== null;
  signedIn.hidden = session === null;
  document.documentElement.dataset["ready"] = session ? "in" : "out";
  if (!session) {
    pairs = 0;
    status.textContent = "Signed out";
    if (before) byId("username", HTMLInputElement).focus();
    return;
  }
  if (session.expiresAt !== before?.expiresAt) pairs++;
  status.textContent = "Signed in";
  byId("delivery", HTMLElement).textContent = delivery === "cookie" ? "in a cookie" : "bearer token";
  byId("pairs", HTMLParagraphElement).textContent =
    pairs > 1 ? `This tab has seen ${pairs} tokens of the session.` : "Wait until it has expired, open another tab, and call: one of them refreshes.";
  showLife(session);
  if (before?.id !== session.id) await look();
}

/** Asks who is signed in, and where. */
async function look(): Promise<void> {
  const [me, list] = await Promise.all([api().GET("/auth/me"), api().GET("/auth/sessions")]);
  if (me.error || list.error) {
    const error = me.error ?? list.error;
    if (await auth().session()) complain(error?.detail ?? "The server did not say why.");
    return;
  }
  showAccount(me.data);
  showSessions(list.data.sessions, (s) => void act(() => revoke(s.id, s.current)));
}

async function revoke(id: string, current: boolean): Promise<void> {
  if (current) return auth().logout();
  const { error } = await api().DELETE("/auth/sessions/{session_id}", { params: { path: { session_id: id } } });
  if (error && error.code !== "session_not_found") complain(error.detail ?? error.title);
  await look();
}

function complain(text: string): void {
  alert.textContent = text;
  alert.hidden = text === "";
}

/** Runs what somebody asked for; what fails is said at the top of the page. */
async function act(work: () => Promise<unknown>): Promise<void> {
  complain("");
  document.body.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    const wait = error instanceof AuthError && error.retryAfter ? ` Try again in ${error.retryAfter} seconds.` : "";
    complain(error instanceof AuthError ? error.message + wait : "The server does not answer.");
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void act(async () => {
    const data = new FormData(form);
    delivery = data.get("delivery") === "body" ? "body" : "cookie";
    await auth().login({ username: `${data.get("username")}`, password: `${data.get("password")}`, label: thisBrowser() });
    form.reset();
    await update();
    byId("token-title", HTMLElement).focus();
  });
});

const buttons: Record<string, () => Promise<unknown>> = {
  call: look,
  refresh: () => auth().refresh(),
  logout: () => auth().logout(),
  "logout-all": () => auth().logout("everywhere"),
};
for (const [id, work] of Object.entries(buttons)) byId(id, HTMLButtonElement).addEventListener("click", () => void act(work));

for (const each of Object.values(auths)) each.onChange(() => void update());
addEventListener("pageshow", (event) => event.persisted && void update()); // while a page waits in the back-forward cache it hears nothing
setInterval(() => session && showLife(session), 250);
await update();
