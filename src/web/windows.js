// Visits to the provider in a window beside the page. Loaded only by those who make one.

export const popup = async () => ({ failure: "blocked" });

export const frame = async () => undefined;
