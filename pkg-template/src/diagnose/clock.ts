// How far this clock and those of servers are apart, by the Date of their answers.

import type { Find } from "./findings.js";
import { hostOf } from "./said.js";

/** So much is forgiven in ID tokens, by default. */
const TOLERANCE_MS = 60_000;

const inWords = (milliseconds: number) => {
  const minutes = Math.round(milliseconds / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

export const createClock = () => {
  const differences = new Map<string, number>();
  return {
    /** Takes in an answer to what was asked at this time. Of other origins, a page reads `Date` only where they expose it. */
    note(url: string, { headers }: Response, asked: number) {
      const date = Date.parse(headers.get("date") ?? "");
      if (Number.isNaN(date)) return;
      const age = Number(headers.get("age") ?? 0) * 1000;
      // Date is the second that had begun, and the answer was written between asking and now.
      differences.set(hostOf(url), (asked + Date.now()) / 2 - (date + age + 500));
    },
    judge(find: Find) {
      const wrong = [...differences].filter(([, difference]) => Math.abs(difference) > TOLERANCE_MS);
      if (wrong.length === 0) return;
      const evidence = wrong.map(([host, difference]) =>
        `This device's clock is ${inWords(Math.abs(difference))} ${difference > 0 ? "ahead of" : "behind"} that of ${host}.`).join(" ");
      if (wrong.length < differences.size) {
        find("clock_wrong", `The clock of ${wrong.map(([host]) => host).join(", ")} is wrong.`, evidence,
          "Other servers agree with this device: whoever runs that server should let it set its clock by itself (NTP).");
      } else {
        find("clock_wrong", "The clock of this device, or that of the server, is wrong.", evidence,
          "Let the operating system set the clock by itself (NTP), on this device first. Until then tokens look expired, or not valid yet.");
      }
    },
  };
};
