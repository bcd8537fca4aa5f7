/**
 * Calls `tick` now, at every new second, and when the page comes back into view; returns the way to stop.
 *
 * Each turn is planned from the clock: an interval would drift, and browsers slow timers of hidden pages down.
 */
export function everySecond(tick: (now: number) => void): () => void {
  let timer = 0;
  const turn = () => {
    clearTimeout(timer);
    const now = Date.now();
    timer = setTimeout(turn, 1000 - (now % 1000));
    tick(now);
  };
  const seen = () => {
    if (!document.hidden) turn();
  };
  document.addEventListener("visibilitychange", seen);
  turn();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}
