import type { Session } from "../auth-fetch.ts";
import { byId, duration } from "./dom.ts";

const meter = byId("life", HTMLDivElement);
const bar = byId("life-bar", HTMLDivElement);
const left = byId("left", HTMLElement);

/** Draws how much of its life the access token has left. */
export function showLife(session: Session): void {
  const seconds = Math.max(0, (session.expiresAt - Date.now()) / 1000);
  const percent = session.lifetime > 0 ? Math.min(100, (seconds / session.lifetime) * 100) : 0;
  const text =
    session.expiresAt === 0 ? "Nobody here knows until when." : seconds > 0 ? `${duration(Math.ceil(seconds))} left` : "Expired: the next call refreshes it";
  if (left.textContent !== text) left.textContent = text;
  bar.style.width = `${percent}%`;
  meter.dataset["state"] = seconds === 0 ? "expired" : percent < 20 ? "ending" : "good";
  meter.setAttribute("aria-valuenow", `${Math.round(percent)}`);
  meter.setAttribute("aria-valuetext", text);
}
