// Firefox through Puppeteer, which speaks WebDriver BiDi to an unmodified browser; Playwright needs its own build.
import puppeteer from "puppeteer-core";
import { browserOver } from "./puppeteer.mjs";

const executablePath = process.env.E2E_FIREFOX ?? "/usr/bin/firefox-esr";

export const launchFirefox = async () => browserOver(await puppeteer.launch({ browser: "firefox", executablePath, headless: true }));
