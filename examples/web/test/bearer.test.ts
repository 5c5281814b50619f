import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { AuthError, createAuth, memoryStore, type Auth, type AuthOptions } from "../src/auth-fetch.ts";
import { FakeLocks, FakeServer, slowStore } from "./server.ts";

const url = "https://api.example";
const open: Auth[] = [];
afterEach(() => open.splice(0).forEach((auth) => auth.close()));

/** A tab is what one page has; tabs of one browser share store and locks. */
function tab(server: FakeServer, options: Partial<AuthOptions> = {}): Auth {
  const auth = createAuth({
    delivery: "body", baseURL: url, fetch: server.fetch, store: memoryStore(), name: `test-${server.log.length}-${open.length}`, ...options,
  });
  open.push(auth);
  return auth;
}

async function signedIn(options: Partial<AuthOptions> = {}): Promise<{ server: FakeServer; auth: Auth }> {
  const server = new FakeServer();
  const auth = tab(server, options);
  await auth.login({ username: "alice", password: "right" });
  return { server, auth };
}

const statuses = (responses: Response[]) => responses.map((response) => response.status);

test("one refresh for all requests that wait for it", async () => {
  const { server, auth } = await signedIn();
  server.expire();
  const answers = await Promise.all(Array.from({ length: 20 }, () => auth.fetch(`${url}/notes`)));
  assert.deepEqual(statuses(answers), Array(20).fill(200));
  assert.equal(server.count("POST /auth/refresh"), 1);
});

test("the refresh does not go through itself, however it is refused", async () => {
  const { server, auth } = await signedIn();
  server.expire();
  server.refreshes.push(401);
  assert.equal((await auth.fetch(`${url}/notes`)).status, 401);
  assert.equal((await auth.fetch(`${url}/auth/refresh`, { method: "POST" })).status, 401, "the endpoint itself is left alone");
  assert.deepEqual(server.log.slice(1), ["GET /notes access-1", "POST /auth/refresh refresh-1", "POST /auth/refresh -"]);
});

test("a request with a body is repeated with its body", async () => {
  const { server, auth } = await signedIn();
  const stream = new ReadableStream({
    start: (controller) => (controller.enqueue(new TextEncoder().encode("streamed")), controller.close()),
  });
  for (const body of ["text", JSON.stringify({ n: 1 }), stream]) {
    server.expire();
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    assert.equal((await auth.fetch(new Request(`${url}/notes`, init))).status, 200);
  }
  assert.deepEqual(server.notes, ["text", '{"n":1}', "streamed"]);
});

test("a request is repeated once", async () => {
  const { server, auth } = await signedIn();
  assert.equal((await auth.fetch(`${url}/never`)).status, 401);
  assert.equal(server.count("GET /never"), 2);
  assert.equal(server.count("POST /auth/refresh"), 1);
});

test("a server that refuses every token makes no refresh for each request", async () => {
  const { server, auth } = await signedIn();
  for (let i = 0; i < 5; i++) assert.equal((await auth.fetch(`${url}/never`)).status, 401);
  assert.equal(server.count("POST /auth/refresh"), 1);
  assert.equal((await auth.fetch(`${url}/notes`)).status, 200, "the session goes on");
  await auth.refresh();
  server.expire();
  assert.equal((await auth.fetch(`${url}/notes`)).status, 200, "another pair is not doubted");
});

test("a refusal that asks for the password is no reason to refresh", async () => {
  const { server, auth } = await signedIn();
  const refused = await auth.fetch(`${url}/fresh`);
  assert.equal(((await refused.json()) as { code: string }).code, "fresh_token_required", "the body can still be read");
  assert.equal(server.count("POST /auth/refresh"), 0);
});

test("a late refusal of an old token takes the new one", async () => {
  const server = new FakeServer();
  const auth = tab(server, {
    fetch: async (input, init) => {
      const slow = (input as Request).url.endsWith("?slow");
      const answer = await server.fetch(input, init);
      if (slow) await new Promise((resolve) => setTimeout(resolve, 50));
      return answer;
    },
  });
  await auth.login({ username: "alice", password: "right" });
  server.expire();
  const answers = await Promise.all([auth.fetch(`${url}/notes?slow`), auth.fetch(`${url}/notes`)]);
  assert.deepEqual(statuses(answers), [200, 200]);
  assert.equal(server.count("POST /auth/refresh"), 1);
});

test("six tabs with one expired token: one refresh, although writing takes a while", async () => {
  const shared = { store: slowStore(), locks: new FakeLocks(), name: "tabs" };
  const { server, auth } = await signedIn(shared);
  const tabs = [auth, ...Array.from({ length: 5 }, () => tab(server, shared))];
  for (let expiry = 1; expiry <= 3; expiry++) {
    server.expire();
    const answers = await Promise.all(tabs.flatMap((t) => [t.fetch(`${url}/notes`), t.fetch(`${url}/notes`)]));
    assert.deepEqual(statuses(answers), Array(12).fill(200));
    assert.equal(server.count("POST /auth/refresh"), expiry);
  }
  assert.equal(server.reuse, 0);
});

test("without locks, a tab whose refresh is refused takes the pair of a faster one", async () => {
  const shared = { store: memoryStore(), locks: undefined, name: "no-locks" };
  const { server, auth } = await signedIn(shared);
  const other = tab(server, shared);
  server.expire();
  const answers = await Promise.all([auth.fetch(`${url}/notes`), other.fetch(`${url}/notes`)]);
  assert.deepEqual(statuses(answers), [200, 200]);
});

test("after a log-out nothing is refreshed and nothing loops", async () => {
  const shared = { store: memoryStore(), locks: new FakeLocks(), name: "log-out" };
  const { server, auth } = await signedIn(shared);
  const other = tab(server, shared);
  await auth.logout();
  assert.equal(server.log.at(-1), "POST /auth/logout refresh-1");
  for (const t of [auth, other]) {
    assert.equal((await t.fetch(`${url}/notes`)).status, 401);
    assert.equal(await t.session(), null);
    assert.equal(await t.refresh(), null);
  }
  assert.equal(server.count("POST /auth/refresh"), 0);
  assert.equal(server.count("GET /notes"), 2);
});

test("a log-out during a refresh, without locks, is not undone by it", async () => {
  const { server, auth } = await signedIn({ locks: undefined });
  server.expire();
  const waiting = auth.fetch(`${url}/notes`);
  while (server.count("POST /auth/refresh") === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await auth.logout();
  await waiting;
  assert.equal(await auth.session(), null);
  assert.equal(server.log.filter((line) => line.includes("/auth/logout")).at(-1), "POST /auth/logout refresh-2");
});

test("a listener that throws stops nothing", async (t) => {
  const { server, auth } = await signedIn();
  const thrown: unknown[] = [];
  t.mock.method(globalThis, "queueMicrotask", (run: () => void) => {
    try {
      run();
    } catch (error) {
      thrown.push(error);
    }
  });
  auth.onChange(() => {
    throw new Error("of the page");
  });
  server.expire();
  assert.equal((await auth.fetch(`${url}/notes`)).status, 200);
  assert.deepEqual(thrown, [new Error("of the page")]);
});

test("the session ends with a refresh that is refused with 400 or 401", async () => {
  for (const status of [400, 401]) {
    const { server, auth } = await signedIn();
    server.expire();
    server.refreshes.push(status);
    assert.equal((await auth.fetch(`${url}/notes`)).status, 401);
    assert.equal(await auth.session(), null);
  }
});

test("the session survives a server that cannot tell, whose answer the caller gets", async () => {
  for (const status of [403, 429, 500, 503]) {
    const { server, auth } = await signedIn();
    server.expire();
    server.refreshes.push(status);
    const answers = await Promise.all([auth.fetch(`${url}/notes`), auth.fetch(`${url}/notes`)]);
    assert.deepEqual(statuses(answers), [status, status]);
    for (const answer of answers) {
      assert.equal(answer.headers.get("Retry-After"), "7");
      assert.equal(((await answer.json()) as { code: string }).code, "planned", "each can be read");
    }
    assert.equal((await auth.fetch(`${url}/notes`)).status, 200, "and the next request works");
  }
});

test("a lost answer is asked for again at once; a lost connection keeps the session", async () => {
  const { server, auth } = await signedIn();
  server.expire();
  server.refreshes.push(new TypeError("lost"));
  assert.equal((await auth.fetch(`${url}/notes`)).status, 200);
  server.expire();
  server.refreshes.push(new TypeError("gone"), new TypeError("gone"));
  await assert.rejects(auth.fetch(`${url}/notes`), new TypeError("gone"));
  assert.equal((await auth.fetch(`${url}/notes`)).status, 200);
});

test("other tabs are told", async () => {
  const shared = { store: memoryStore(), locks: new FakeLocks(), name: "told" };
  const { auth, server } = await signedIn(shared);
  const other = tab(server, shared);
  const heard: string[] = [];
  const twice = new Promise<void>((resolve) => {
    other.onChange((session) => {
      heard.push(session ? "in" : "out");
      if (heard.length === 2) resolve();
    });
  });
  await auth.refresh();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await auth.logout();
  await twice;
  assert.deepEqual(heard, ["in", "out"]);
});

test("the token goes to its own origins, and beside no other credential", async () => {
  const { server, auth } = await signedIn({ origins: ["https://notes.example/ignored/path"] });
  for (const [address, headers, want] of [
    ["https://notes.example/public", {}, "access-1"],
    ["https://other.example/public", {}, "-"],
    ["http://api.example/public", {}, "-"],
    [`${url}/public`, { Authorization: "Bearer mine" }, "mine"],
  ] as const) {
    await auth.fetch(address, { headers });
    assert.equal(server.log.at(-1), `GET /public ${want}`, address);
  }
  await auth.fetch(`${url}/auth/refresh`, { method: "POST", body: '{"refresh_token":"of the caller"}' });
  assert.equal(server.log.at(-1), "POST /auth/refresh -", "an endpoint that takes no access token gets none");
});

test("a request of one session is not repeated in another", async () => {
  const shared = { store: memoryStore(), locks: new FakeLocks(), name: "another" };
  const { server, auth } = await signedIn(shared);
  server.expire();
  const waiting = auth.fetch(`${url}/notes`, { method: "POST", body: "alice's" });
  server.session = "session-2";
  await tab(server, shared).login({ username: "bob", password: "right" });
  assert.equal((await waiting).status, 401);
  assert.deepEqual(server.notes, []);
});

test("who gives up does not stop the refresh of the others", async () => {
  const { server, auth } = await signedIn();
  server.expire();
  let release = () => {};
  server.held = new Promise((resolve) => (release = resolve));
  const control = new AbortController();
  const given = auth.fetch(`${url}/notes`, { signal: control.signal });
  const kept = auth.fetch(`${url}/notes`);
  while (server.count("POST /auth/refresh") === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  control.abort(new Error("enough"));
  await assert.rejects(given, new Error("enough"));
  release();
  assert.equal((await kept).status, 200);
  assert.equal(server.count("POST /auth/refresh"), 1);
});

test("errors have a code; without a session requests go out as they are", async () => {
  const server = new FakeServer();
  const auth = tab(server);
  const refused = new AuthError(401, "invalid_credentials", "for people");
  await assert.rejects(auth.login({ username: "alice", password: "wrong" }), refused);
  assert.equal((await auth.fetch(`${url}/public`)).status, 200);
  assert.equal(server.log.at(-1), "GET /public -");
  const late = await signedIn();
  late.server.refreshes.push(503);
  await assert.rejects(late.auth.refresh(), (error) => error instanceof AuthError && error.retryAfter === 7 && error.status === 503);
});

test("a log-out that the server did not hear forgets the tokens and says so", async () => {
  const server = new FakeServer();
  let online = true;
  const auth = tab(server, { fetch: (input, init) => (online ? server.fetch(input, init) : Promise.reject(new TypeError("offline"))) });
  await auth.login({ username: "alice", password: "right" });
  online = false;
  await assert.rejects(auth.logout(), new TypeError("offline"));
  assert.equal(await auth.session(), null);
});

test("a log-out everywhere, and a password given again, refresh first where they must", async () => {
  const { server, auth } = await signedIn();
  server.expire();
  await auth.reauthenticate("right");
  assert.equal(server.count("POST /auth/refresh"), 1);
  await assert.rejects(auth.reauthenticate("wrong"), new AuthError(401, "invalid_credentials", "for people"));
  assert.equal(server.count("POST /auth/refresh"), 1);
  server.expire();
  await auth.logout("everywhere");
  assert.equal(server.log.at(-1), "POST /auth/logout-all access-3");
  assert.equal(await auth.session(), null);
});

test("a server that hangs is given up, and the session kept", async () => {
  const { server, auth } = await signedIn({ timeout: 100 });
  server.expire();
  server.held = new Promise(() => {});
  await assert.rejects(auth.fetch(`${url}/notes`), { name: "TimeoutError" });
  server.held = Promise.resolve();
  assert.equal((await auth.fetch(`${url}/notes`)).status, 200);
});

test("the endpoints may stand below a path", async () => {
  const server = new FakeServer();
  for (const baseURL of [`${url}/v1`, `${url}/v1/`]) {
    await assert.rejects(tab(server, { baseURL }).login({ username: "alice", password: "right" }), AuthError);
    assert.equal(server.log.at(-1), "POST /v1/auth/login -");
  }
});
