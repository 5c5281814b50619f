import assert from "node:assert/strict";
import { beforeEach, afterEach, test } from "node:test";

import type { Auth } from "../src/auth-fetch.ts";
import { deleteEverything, followTheSession, forAnAPIElsewhere, forPages, login, whoAmI } from "../src/guide.ts";
import { FakeServer, problem } from "./server.ts";

const globals = globalThis as { location?: { href: string; origin: string }; fetch: typeof fetch };
const real = globals.fetch;
let server: FakeServer;
const open: Auth[] = [];

beforeEach(() => {
  server = new FakeServer();
  globals.location = { href: "https://site.example/app/", origin: "https://site.example" };
  globals.fetch = server.fetch;
});
afterEach(() => {
  open.splice(0).forEach((auth) => auth.close());
  delete globals.location;
  globals.fetch = real;
});

function kept<T extends { auth: Auth }>(made: T): T {
  open.push(made.auth);
  return made;
}

test("a page signs in, is told, and asks who it is", async () => {
  const { auth, api } = kept(forPages());
  const heard: string[] = [];
  await followTheSession(auth, (session) => heard.push(session?.id ?? "nobody"));
  assert.equal(await login(auth, "alice", "wrong"), "The user name or the password is wrong.");
  assert.equal(await login(auth, "alice", "right"), "");
  server.expire();
  server.refreshes.push(503);
  await assert.rejects(whoAmI(api), new Error("for people"));
  await whoAmI(api);
  assert.equal(server.log.at(-1), "GET /auth/me -");
  await auth.logout();
  assert.equal(await whoAmI(api), "nobody");
  assert.deepEqual(heard, ["nobody", "session-1", "session-1", "nobody"]);
});

test("without a connection the page says so", async () => {
  const { auth } = kept(forPages());
  globals.fetch = () => Promise.reject(new TypeError("offline"));
  assert.equal(await login(auth, "alice", "right"), "No connection.");
  globals.fetch = () => Promise.resolve(problem(429, "too_many_attempts", { "Retry-After": "30" }));
  assert.equal(await login(auth, "alice", "right"), "Too many attempts. Try again in 30 seconds.");
  globals.fetch = () => Promise.resolve(problem(503, "store_unavailable", { "Retry-After": "2" }));
  assert.equal(await login(auth, "alice", "right"), "for people");
});

test("an API elsewhere gets the token", async () => {
  const { auth, notes } = kept(forAnAPIElsewhere());
  await login(auth, "alice", "right");
  server.expire();
  assert.deepEqual(await notes.get("notes").json(), { path: "/notes", token: "access-2" });
});

test("a fresh token is asked for, and the request sent again", async () => {
  const { auth } = kept(forPages());
  await login(auth, "alice", "right");
  let fresh = false;
  globals.fetch = async (input, init) => {
    const { pathname } = new URL((input as Request).url);
    if (pathname === "/auth/reauthenticate") {
      fresh = ((await (input as Request).json()) as { password: string }).password === "right";
      return Response.json({ session_id: "session-1", scope: "", expires_in: 900, csrf_token: "a", refresh_csrf_token: "b" });
    }
    if (pathname === "/everything") return fresh ? new Response(null, { status: 204 }) : problem(401, "fresh_token_required");
    return server.fetch(input, init);
  };
  globals.location = { href: "https://site.example/app/", origin: "https://site.example" };
  const everything = (input: RequestInfo | URL, init?: RequestInit) =>
    auth.fetch(typeof input === "string" ? new URL(input, "https://site.example") : input, init);
  assert.equal((await deleteEverything({ ...auth, fetch: everything }, () => Promise.resolve("right"))).status, 204);
});
