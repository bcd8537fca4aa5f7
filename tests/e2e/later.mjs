/**
 * Gives the page `later()`: an hour has passed by the clock that tells how long ago something was, and so the token at
 * hand is over. The clock on the wall stays, since the provider's does.
 */
export const letTokensEnd = (tab) => tab.evaluate(() => {
  globalThis.later = () => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 3_600_000;
  };
});
