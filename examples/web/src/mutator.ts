// What orval's functions call in place of fetch. docs/frontend.md shows it, test/generated.test.ts runs it.

import { createAuth } from "./auth-fetch.ts";

export const auth = createAuth({ delivery: "cookie" });

export async function mutator<T>(url: string, init: RequestInit): Promise<T> {
  const response = await auth.fetch(new URL(url, location.origin), init);
  const text = await response.text();
  return { data: text ? JSON.parse(text) : undefined, status: response.status, headers: response.headers } as T;
}
