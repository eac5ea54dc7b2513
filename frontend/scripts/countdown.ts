// <time data-until data-now>: how long until a deadline. Both instants are the server's business
// time, since that clock may be moved; only the seconds since the page came are the browser's.
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function words(seconds: number, clock: HTMLElement): string {
  const text = clock.dataset;
  if (seconds <= 0) return text["over"] ?? "";
  const two = (value: number) => String(value).padStart(2, "0");
  const rest = `${two(Math.floor((seconds % DAY) / HOUR))}:${two(Math.floor((seconds % HOUR) / MINUTE))}:${two(seconds % MINUTE)}`;
  const days = Math.floor(seconds / DAY);
  return days ? `${(text["days"] ?? "{n} d").replace("{n}", String(days))} ${rest}` : rest;
}

/** Ticks once a second while a countdown is on the page. */
export function startCountdowns(): void {
  const began = performance.now();
  const tick = () => {
    const gone = (performance.now() - began) / 1000;
    for (const clock of document.querySelectorAll<HTMLElement>("[data-until][data-now]")) {
      const left = (Date.parse(clock.dataset["until"] ?? "") - Date.parse(clock.dataset["now"] ?? "")) / 1000 - gone;
      clock.textContent = words(Math.max(0, Math.ceil(left)), clock);
      clock.toggleAttribute("data-hurry", left > 0 && left < HOUR);
    }
  };
  if (!document.querySelector("[data-until]")) return;
  tick();
  setInterval(tick, 1000);
}
