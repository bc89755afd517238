// Server-sent events over fetch: unlike EventSource it can send a token, and it says why it failed.

import { request, ServerError } from "./api.js";

const SILENCE_MS = 5000; // the server says something every second
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

/**
 * Follows `/stream/live` for ever, from an alert's ID on.
 *
 * @param {string} lastId where to go on; kept up to date over reconnects
 * @param {(name: string, data: object) => void} onEvent
 * @param {(error: Error) => Promise<void>} onFailure it does not go on, and is tried again afterwards
 */
export async function follow(lastId, onEvent, onFailure) {
  let waitMs = FIRST_WAIT_MS;
  const remember = (id) => (lastId = id);
  for (;;) {
    try {
      await readOnce(lastId, remember, onEvent, () => (waitMs = FIRST_WAIT_MS));
    } catch (error) {
      await onFailure(error);
    }
    await sleep(waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function readOnce(lastId, remember, onEvent, onOpen) {
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
  try {
    const answer = await request("stream/live", { signal: abort.signal, headers: { "Last-Event-ID": lastId } });
    if (!answer.ok) throw new ServerError(answer.status);
    onOpen();
    let rest = "";
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) take(block, remember, onEvent);
    }
    throw new Error("Stream ended");
  } finally {
    clearTimeout(watchdog);
    abort.abort();
  }
}

function take(block, remember, onEvent) {
  let name, data;
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) remember(line.slice(4));
    else if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data = line.slice(6);
  }
  if (data !== undefined) onEvent(name, JSON.parse(data));
}

/** What a failed request means to whoever looks at the page. */
export function words(error) {
  if (error.name === "AbortError") return "Server silent";
  if (error instanceof TypeError) return "No connection"; // what `fetch` throws
  return error.message;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
