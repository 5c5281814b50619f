import { memoryStore, type SessionStore } from "../src/auth-fetch.ts";

/**
 * The token endpoints as far as these tests need them, without a grace: a
 * refresh token that comes twice is reuse, so that a second refresh is seen.
 * Tokens are "access-2" and "refresh-2", 2 being the generation.
 */
export class FakeServer {
  generation = 0;
  session = "session-1";
  signedOut = false;
  /** Every request, as "POST /auth/refresh refresh-1". */
  readonly log: string[] = [];
  /** The next answers to a refresh, before it is answered as usual; an Error is a lost connection. */
  readonly refreshes: (number | Error)[] = [];
  /** What a refresh waits for. */
  held: Promise<void> = Promise.resolve();
  reuse = 0;
  /** Bodies of POST /notes that were accepted. */
  readonly notes: string[] = [];

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const path = new URL(request.url).pathname;
    const csrf = request.headers.get("X-CSRF-Token");
    const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? (csrf === null ? "-" : `csrf=${csrf}`);
    this.log.push(`${request.method} ${path} ${token}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    request.signal.throwIfAborted();
    switch (path) {
      case "/auth/login": {
        const body = (await request.json()) as { password: string; delivery: string };
        if (body.password !== "right") return problem(401, "invalid_credentials");
        this.generation++;
        this.signedOut = false;
        return this.pair(body.delivery);
      }
      case "/auth/refresh": {
        await Promise.race([this.held, new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)))]);
        const planned = this.refreshes.shift();
        if (planned instanceof Error) throw planned;
        if (planned) return problem(planned, "planned", { "Retry-After": "7" });
        if (this.signedOut) return problem(401, "token_revoked");
        if (token.startsWith("csrf=") ? token !== "csrf=refresh-csrf" : token !== `refresh-${this.generation}`) {
          if (token.startsWith("csrf=")) return problem(403, "csrf_failed");
          this.reuse++;
          return problem(401, "token_revoked");
        }
        this.generation++;
        this.cookieGeneration = this.generation;
        return this.pair(token.startsWith("csrf=") ? "cookie" : "body");
      }
      case "/auth/logout":
        if (token.startsWith("csrf=") && token !== (this.cookieGeneration > this.expired ? "csrf=access-csrf" : "csrf=refresh-csrf")) {
          return problem(403, "csrf_failed"); // of the cookie that is good
        }
        this.signedOut = true;
        return new Response(null, { status: 204 });
      case "/fresh":
        return problem(401, "fresh_token_required");
      case "/never":
        return problem(401, "token_invalid");
    }
    if (path !== "/public" && !this.accepts(request, token)) return problem(401, this.signedOut ? "token_revoked" : "token_expired");
    switch (path) {
      case "/auth/logout-all":
        this.signedOut = true;
        return new Response(null, { status: 204 });
      case "/auth/reauthenticate": {
        const { password } = (await request.clone().json()) as { password: string };
        if (password !== "right") return problem(401, "invalid_credentials");
        return this.pair("body");
      }
    }
    if (request.method === "POST") this.notes.push(await request.text());
    return Response.json({ path, token });
  };

  /** Of the cookie that the browser holds; the test's own cookie jar. */
  cookieGeneration = 0;

  /** Makes every access token out there an expired one. */
  expire(): void {
    this.expired = this.generation;
  }
  private expired = 0;

  count(start: string): number {
    return this.log.filter((line) => line.startsWith(start)).length;
  }

  private accepts(request: Request, token: string): boolean {
    if (this.signedOut) return false;
    if (this.cookieGeneration > 0 && !token.startsWith("access")) {
      const csrf = ["GET", "HEAD"].includes(request.method) || token === "csrf=access-csrf";
      return csrf && this.cookieGeneration > this.expired;
    }
    return token === `access-${this.generation}` && this.generation > this.expired;
  }

  private pair(delivery: string): Response {
    const common = { session_id: this.session, scope: "read", expires_in: 900, refresh_expires_in: 1000 };
    if (delivery === "cookie") {
      this.cookieGeneration = this.generation;
      return Response.json({ ...common, csrf_token: "access-csrf", refresh_csrf_token: "refresh-csrf" });
    }
    const n = this.generation;
    return Response.json({ ...common, access_token: `access-${n}`, refresh_token: `refresh-${n}`, token_type: "Bearer" });
  }
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ type: "about:blank", title: "refused", status, code, detail: "for people" }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });
}

/** Web Locks for tabs that are objects of one process. */
export class FakeLocks {
  private queue: Promise<unknown> = Promise.resolve();

  readonly request = ((_name: string, work: () => Promise<unknown>) => {
    const turn = this.queue.then(work);
    this.queue = turn.catch(() => undefined);
    return turn;
  }) as LockManager["request"];
}

/** A store whose writes take a while, as all do. */
export function slowStore(): SessionStore {
  const kept = memoryStore();
  return {
    load: () => kept.load(),
    save: async (session) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await kept.save(session);
    },
  };
}
