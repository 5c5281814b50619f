/**
 * Signs a page in and keeps it signed in, in all of its tabs. One file, no
 * dependency: copy it, and give `auth.fetch` to any client that takes a fetch.
 *
 *     const auth = createAuth({ delivery: "cookie" });
 *     await auth.login({ username, password });
 *     const response = await auth.fetch("/auth/me");
 *
 * A request that is refused with 401 waits for one refresh, shared by all
 * requests and tabs, and is sent once more. The session ends when the server
 * refuses the refresh with 400 or 401, and never because it did not answer.
 */

/** What is known of the session. No secret is in it. */
export interface Session {
  /** As in the list of sessions; empty where only cookies tell that there is one. */
  readonly id: string;
  readonly scope: string;
  /** When the access token expires, in milliseconds as Date.now() counts; 0 if it is not known. */
  readonly expiresAt: number;
  /** How long the access token lived when it was issued, in seconds; 0 if it is not known. */
  readonly lifetime: number;
}

export interface Credentials {
  username: string;
  password: string;
  /** What the list of sessions shall call this one. */
  label?: string;
}

export interface Auth {
  /** A fetch with the session's credential. A failed refresh is answered with its own failure. */
  readonly fetch: typeof globalThis.fetch;
  /** Rejects with AuthError: invalid_credentials, or too_many_attempts with retryAfter. */
  login(credentials: Credentials): Promise<Session>;
  /** Makes the access token fresh. Rejects with AuthError. */
  reauthenticate(password: string): Promise<Session>;
  /** Exchanges the pair now. Null means that nobody is signed in; rejects with AuthError if the server cannot tell. */
  refresh(): Promise<Session | null>;
  /** Signs out. If the server cannot be told it rejects: tokens of the body are forgotten all the same, cookies stay. */
  logout(where?: "here" | "everywhere"): Promise<void>;
  /** The session, or null. It asks no server. */
  session(): Promise<Session | null>;
  /** Calls listener after each change, here and in other tabs. Returns what ends that. */
  onChange(listener: (session: Session | null) => void): () => void;
  /** Stops listening to other tabs. */
  close(): void;
}

export interface AuthOptions {
  /** Who holds the tokens: "cookie" the browser, out of reach of scripts; "body" this page. */
  delivery: "body" | "cookie";
  /** Where the token endpoints stand. Unless set, the root of the page's origin; cookies need that origin. */
  baseURL?: string;
  /** Further origins that may see the access token, with delivery "body". */
  origins?: string[];
  /** What sends requests; globalThis.fetch unless set. */
  fetch?: typeof globalThis.fetch;
  /** Pages with the same name share a session; "authsdk" unless set. */
  name?: string;
  /** Where the session is kept; IndexedDB unless set, memory where there is none. */
  store?: SessionStore;
  /** Who may refresh; navigator.locks unless set. Without them each tab refreshes, and the server's grace has to help. */
  locks?: Pick<LockManager, "request"> | undefined;
  /** How long the token endpoints may take, in milliseconds; 10,000 unless set. */
  timeout?: number;
}

/** What is kept. serial is new for each pair, so that a refused one is known from its successor. */
export interface StoredSession extends Session {
  readonly serial: string;
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  readonly csrf?: string | undefined;
  readonly refreshCSRF?: string | undefined;
  /** The server has refused it. It is remembered beside cookies, which only the server can delete. */
  readonly ended?: boolean;
}

export interface SessionStore {
  load(): Promise<StoredSession | null>;
  /** Resolves when every tab that loads will see it, and not before: then the lock is released. */
  save(session: StoredSession | null): Promise<void>;
}

/** An answer that is an error: code is stable, the message is for people. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  readonly status: number;
  readonly code: string;
  /** Seconds to wait, if the server says so. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  static async of(response: Response): Promise<AuthError> {
    const problem = await problemOf(response);
    const wait = Number(response.headers.get("Retry-After") ?? NaN);
    return new AuthError(response.status, problem.code ?? "", problem.detail ?? response.statusText, wait >= 0 ? wait : undefined);
  }
}

const doubtTime = 30_000;

/** A pair that was exchanged or adopted, nobody signed in, or the refusal of a server that cannot tell. */
type Renewed = { session: StoredSession | null } | { failure: Response };

export function createAuth(options: AuthOptions): Auth {
  const cookie = options.delivery === "cookie";
  const base = new URL((options.baseURL ?? "/").replace(/\/*$/, "/"), globalThis.location?.href);
  const origins = new Set([base, ...(cookie ? [] : (options.origins ?? []))].map((o) => new URL(o).origin));
  const name = `${options.name ?? "authsdk"}-${options.delivery}`;
  const store = options.store ?? (globalThis.indexedDB ? indexedDBStore(name) : memoryStore());
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
  const send: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init);
  const listeners = new Set<(session: Session | null) => void>();
  const flights = new Map<string, Promise<Renewed>>();
  let queue: Promise<unknown> = Promise.resolve();
  /** A pair that came by a refusal and was refused at once: for a while refreshing is not what helps. */
  let doubted: { serial: string; until: number } | undefined;

  const channel = globalThis.BroadcastChannel ? new BroadcastChannel(name) : undefined;
  channel?.addEventListener("message", () => void tell());

  async function tell(): Promise<void> {
    const session = visible(await current());
    for (const listener of listeners) queueMicrotask(() => listener(session)); // one that throws stops nothing here
  }

  /** Lets one tab at a time change the session. */
  function locked<T>(work: () => Promise<T>): Promise<T> {
    if (locks) return locks.request(name, work) as Promise<T>;
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  }

  async function current(): Promise<StoredSession | null> {
    const stored = await store.load();
    const csrf = cookie ? csrfCookie("refresh") : undefined; // one value for as long as a session lasts
    if (csrf && csrf !== stored?.refreshCSRF) {
      return { serial: csrf, id: "", scope: "", expiresAt: 0, lifetime: 0, refreshCSRF: csrf }; // something else has signed the page in
    }
    return stored?.ended ? null : stored;
  }

  async function keep(session: StoredSession | null): Promise<void> {
    await store.save(session);
    channel?.postMessage(null); // that something changed; what it is stands in the store
    await tell();
  }

  function end(session: StoredSession | null): Promise<void> {
    return keep(cookie && session ? { ...session, ended: true } : null);
  }

  async function accept(response: Response): Promise<StoredSession> {
    const answer = (await response.json()) as Answer;
    const session: StoredSession = {
      serial: Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(36)).join(""),
      id: answer.session_id,
      scope: answer.scope,
      expiresAt: Date.now() + answer.expires_in * 1000,
      lifetime: answer.expires_in,
      access: answer.access_token,
      refresh: answer.refresh_token,
      csrf: answer.csrf_token,
      refreshCSRF: answer.refresh_csrf_token,
    };
    await keep(session);
    return session;
  }

  /** Asks a token endpoint, past auth.fetch, so that a refresh never waits for itself. */
  function ask(endpoint: string, session: StoredSession | null, type: "access" | "refresh", body?: object): Promise<Response> {
    const request = new Request(new URL(`auth/${endpoint}`, base), {
      method: "POST",
      signal: AbortSignal.timeout(options.timeout ?? 10_000),
      ...(body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {}),
    });
    return send(session ? sign(request, session, type) : request);
  }

  function sign(request: Request, session: StoredSession, type: "access" | "refresh"): Request {
    if (!cookie) {
      request.headers.set("Authorization", `Bearer ${session[type]}`);
    } else if (!["GET", "HEAD", "OPTIONS", "TRACE"].includes(request.method)) {
      const kept = type === "access" ? session.csrf : session.refreshCSRF;
      request.headers.set("X-CSRF-Token", csrfCookie(type) ?? kept ?? "");
    }
    return request;
  }

  /** One refresh for all requests that were refused with the pair serial. */
  function renew(serial: string): Promise<Renewed> {
    let flight = flights.get(serial);
    if (!flight) {
      flight = locked(() => exchange(serial)).finally(() => flights.delete(serial));
      flights.set(serial, flight);
    }
    return flight;
  }

  /** Needs the lock. A pair that another tab has fetched is taken instead of a refresh. */
  async function exchange(serial: string): Promise<Renewed> {
    const session = await current();
    if (!session || session.serial !== serial) return { session };
    let response: Response;
    try {
      response = await ask("refresh", session, "refresh");
    } catch {
      response = await ask("refresh", session, "refresh"); // its answer may be lost: soon the server gives it again, later it is theft
    }
    if (response.ok) return { session: await accept(response) };
    if (response.status !== 400 && response.status !== 401) return { failure: response };
    const newer = await current(); // without locks another tab may have been faster
    if (newer && newer.serial !== serial) return { session: newer };
    await end(session);
    return { session: null };
  }

  function mine(request: Request): boolean {
    const url = new URL(request.url);
    if (!origins.has(url.origin) || (!cookie && request.headers.has("Authorization"))) return false;
    return !["auth/login", "auth/refresh"].some((own) => url.href === new URL(own, base).href);
  }

  async function authFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init);
    const session = mine(request) ? await current() : null;
    if (!session) return send(request);
    const again = request.clone(); // while the body is unread
    const refused = await send(sign(request, session, "access"));
    if (!(await wantsRefresh(refused))) return refused;
    if (doubted?.serial === session.serial && performance.now() < doubted.until) return refused;
    const renewed = await unlessAborted(request.signal, renew(session.serial));
    if ("failure" in renewed) return renewed.failure.clone();
    const next = renewed.session;
    if (!next || (session.id && next.id !== session.id)) return refused; // signed out, or somebody else by now
    void refused.body?.cancel();
    const answer = await send(sign(again, next, "access"));
    if (await wantsRefresh(answer)) doubted = { serial: next.serial, until: performance.now() + doubtTime };
    return answer;
  }

  async function refreshNow(): Promise<StoredSession | null> {
    const session = await current();
    if (!session) return null;
    const renewed = await renew(session.serial);
    if ("failure" in renewed) throw await AuthError.of(renewed.failure.clone());
    return renewed.session;
  }

  async function reauthenticate(password: string): Promise<StoredSession> {
    let session = await current();
    let response = await ask("reauthenticate", session, "access", { password });
    if (session && (await wantsRefresh(response))) {
      const renewed = await exchange(session.serial);
      if ("failure" in renewed) throw await AuthError.of(renewed.failure);
      session = renewed.session;
      if (session) response = await ask("reauthenticate", session, "access", { password });
    }
    if (!response.ok) throw await AuthError.of(response);
    return accept(response);
  }

  async function logoutHere(): Promise<void> {
    const session = await current();
    if (!session) return;
    try {
      const expired = !cookie || session.expiresAt <= Date.now(); // the CSRF value must be that of the cookie which is good
      let response = await ask("logout", session, expired ? "refresh" : "access");
      if (cookie && response.status === 403) response = await ask("logout", session, expired ? "access" : "refresh");
      if (!response.ok && response.status !== 401) throw await AuthError.of(response);
    } catch (error) {
      if (!cookie) await end(session); // of cookies only the server can be rid
      throw error;
    }
    await end(session);
  }

  return {
    fetch: authFetch,
    login: (credentials) =>
      locked(async () => {
        const response = await ask("login", null, "access", { ...credentials, delivery: options.delivery });
        if (!response.ok) throw await AuthError.of(response);
        return visible(await accept(response));
      }),
    reauthenticate: (password) => locked(async () => visible(await reauthenticate(password))),
    refresh: async () => visible(await refreshNow()),
    async logout(where = "here") {
      if (where === "here") return locked(logoutHere);
      const response = await authFetch(new URL("auth/logout-all", base), { method: "POST" });
      if (!response.ok && response.status !== 401) throw await AuthError.of(response);
      await locked(async () => end(await current()));
    },
    session: async () => visible(await current()),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => channel?.close(),
  };
}

/** The part of a TokenPair or a CookieSession that is used here. */
interface Answer {
  session_id: string;
  scope: string;
  expires_in: number;
  access_token?: string;
  refresh_token?: string;
  csrf_token?: string;
  refresh_csrf_token?: string;
}

function visible(session: StoredSession): Session;
function visible(session: StoredSession | null): Session | null;
function visible(session: StoredSession | null): Session | null {
  return session && { id: session.id, scope: session.scope, expiresAt: session.expiresAt, lifetime: session.lifetime };
}

/** Whether another access token can change the answer. Where the password is asked for it cannot. */
async function wantsRefresh(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  const { code } = await problemOf(response.clone());
  return code !== "fresh_token_required" && code !== "invalid_credentials";
}

async function problemOf(response: Response): Promise<{ code?: string; detail?: string }> {
  if (!response.headers.get("Content-Type")?.startsWith("application/problem+json")) return {};
  return response.json().catch(() => ({}));
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Of several the first by prefix: hosts beside this one can plant cookies of all names but those with __Host-. */
function csrfCookie(type: "access" | "refresh"): string | undefined {
  return ["__Host-", "__Secure-", ""]
    .map((prefix) => globalThis.document?.cookie.match(new RegExp(`(?:^|;\\s*)${prefix}${type}_token_csrf=([^;]+)`))?.[1])
    .find(Boolean);
}

/** For one tab, or for tests. */
export function memoryStore(): SessionStore {
  let kept: StoredSession | null = null;
  return {
    load: () => Promise.resolve(kept),
    save: (session) => {
      kept = session;
      return Promise.resolve();
    },
  };
}

/**
 * For all tabs of an origin. A transaction that is complete is seen by every
 * transaction that begins later, in any tab. Of localStorage that cannot be
 * said: another tab may read the old value for some milliseconds.
 */
export function indexedDBStore(name: string): SessionStore {
  let opening: Promise<IDBDatabase> | undefined;
  const open = () =>
    (opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore("session");
      request.onsuccess = () => {
        request.result.onclose = () => (opening = undefined); // the browser has cleared its data
        resolve(request.result);
      };
      request.onerror = () => {
        opening = undefined;
        reject(request.error);
      };
    }));
  async function run<T>(mode: IDBTransactionMode, work: (sessions: IDBObjectStore) => unknown): Promise<T> {
    const transaction = (await open()).transaction("session", mode, { durability: "strict" });
    const request = work(transaction.objectStore("session")) as IDBRequest<T>;
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }
  return {
    load: async () => (await run<StoredSession | undefined>("readonly", (s) => s.get("current"))) ?? null,
    save: async (session) => {
      await run<unknown>("readwrite", (s) => (session ? s.put(session, "current") : s.delete("current")));
    },
  };
}
