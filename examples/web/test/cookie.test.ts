import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";

import { createAuth, memoryStore } from "../src/auth-fetch.ts";
import { FakeLocks, FakeServer } from "./server.ts";

const url = "https://site.example";

async function signedIn(t: TestContext) {
  const server = new FakeServer();
  const shared = { store: memoryStore(), locks: new FakeLocks(), name: `cookie-${Math.random()}` };
  const tabs = Array.from({ length: 3 }, () => createAuth({ delivery: "cookie", baseURL: url, fetch: server.fetch, ...shared }));
  t.after(() => tabs.forEach((tab) => tab.close()));
  const auth = tabs[0]!;
  await auth.login({ username: "alice", password: "right" });
  return { server, auth, tabs };
}

test("the CSRF value goes with what may change something, and nothing with the rest", async (t) => {
  const { server, auth } = await signedIn(t);
  await auth.fetch(`${url}/notes`);
  await auth.fetch(`${url}/notes`, { method: "HEAD" });
  await auth.fetch(`${url}/notes`, { method: "POST", body: "x" });
  await auth.fetch(`${url}/notes`, { method: "DELETE" });
  await auth.fetch("https://other.example/public", { method: "POST" });
  assert.deepEqual(server.log.slice(1), [
    "GET /notes -", "HEAD /notes -", "POST /notes csrf=access-csrf", "DELETE /notes csrf=access-csrf", "POST /public -",
  ]);
});

test("tabs refresh once, with the other CSRF value", async (t) => {
  const { server, tabs } = await signedIn(t);
  for (let expiry = 1; expiry <= 3; expiry++) {
    server.expire();
    const answers = await Promise.all(tabs.map((tab) => tab.fetch(`${url}/notes`, { method: "POST", body: "x" })));
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 200]);
    assert.equal(server.count("POST /auth/refresh csrf=refresh-csrf"), expiry);
  }
});

test("a CSRF refusal ends no session", async (t) => {
  const { server, auth } = await signedIn(t);
  server.expire();
  server.refreshes.push(403);
  assert.equal((await auth.fetch(`${url}/notes`)).status, 403);
  assert.notEqual(await auth.session(), null);
});

test("a log-out that the server did not hear leaves the session, because the cookies stay", async (t) => {
  const server = new FakeServer();
  let online = true;
  const auth = createAuth({
    delivery: "cookie", baseURL: url, store: memoryStore(), locks: undefined, name: "offline",
    fetch: (input, init) => (online ? server.fetch(input, init) : Promise.reject(new TypeError("offline"))),
  });
  t.after(auth.close);
  await auth.login({ username: "alice", password: "right" });
  online = false;
  await assert.rejects(auth.logout(), new TypeError("offline"));
  assert.notEqual(await auth.session(), null);
  online = true;
  await auth.logout();
  assert.equal(await auth.session(), null);
});

test("a CSRF cookie that another host has planted changes nothing", async (t) => {
  const page = globalThis as { document?: { cookie: string } };
  t.after(() => delete page.document);
  const { server, auth } = await signedIn(t);
  page.document = { cookie: ["", "__Secure-", "__Host-"].map((prefix) =>
    ["access", "refresh"].map((type) => `${prefix}${type}_token_csrf=${prefix === "__Host-" ? `${type}-csrf` : "planted"}`).join("; ")).join("; ") };
  server.expire();
  assert.equal((await auth.fetch(`${url}/notes`, { method: "POST", body: "x" })).status, 200);
  assert.equal((await auth.session())?.id, "session-1");
  assert.ok(!server.log.join().includes("planted"));
});

test("a page that was signed in by a form uses its cookies, until they are refused", async (t) => {
  const page = globalThis as { document?: { cookie: string } };
  t.after(() => delete page.document);
  page.document = { cookie: "theme=dark; __Host-access_token_csrf=access-csrf; __Host-refresh_token_csrf=refresh-csrf" };
  const server = new FakeServer();
  server.cookieGeneration = server.generation = 1;
  const auth = createAuth({ delivery: "cookie", baseURL: url, fetch: server.fetch, store: memoryStore(), locks: undefined, name: "form" });
  t.after(auth.close);
  assert.equal((await auth.session())?.id, "");
  server.expire();
  assert.equal((await auth.fetch(`${url}/notes`, { method: "POST", body: "x" })).status, 200);
  assert.equal((await auth.session())?.id, "session-1");
  server.signedOut = true;
  assert.equal((await auth.fetch(`${url}/notes`)).status, 401);
  assert.equal(await auth.session(), null, "although the cookies are still there");
  assert.equal((await auth.fetch(`${url}/notes`)).status, 401);
  assert.equal(server.count("POST /auth/refresh"), 2);
  page.document.cookie = "__Host-refresh_token_csrf=of-another-session";
  assert.notEqual(await auth.session(), null);
});

test("a log-out sends the CSRF value of the cookie that is good, whatever the clock of this machine says", async (t) => {
  const { server, auth } = await signedIn(t);
  server.expire();
  await auth.logout();
  assert.deepEqual(server.log.slice(1), ["POST /auth/logout csrf=access-csrf", "POST /auth/logout csrf=refresh-csrf"]);
  assert.equal(await auth.session(), null);
});
