// Requests to the server, with its token if it has one.

const KEY = "market-spread-token";
let asking = null;

/** The server answered, but not with what was asked for. */
export class ServerError extends Error {
  /** @param {number} status of HTTP */
  constructor(status) {
    super(status === 429 ? "Server busy" : `Server failed (${status})`);
    this.status = status;
  }
}

/** A request; asks the person for the token when the server wants one. */
export async function request(path, { signal, headers = {} } = {}) {
  for (;;) {
    const token = sessionStorage.getItem(KEY);
    const answer = await fetch(path, {
      signal,
      cache: "no-store",
      headers: token ? { ...headers, Authorization: `Bearer ${token}` } : headers,
    });
    if (answer.status !== 401) return answer;
    if (token === sessionStorage.getItem(KEY)) await askForToken({ wasWrong: token !== null });
  }
}

/** The JSON of a path; a `ServerError` if there is none. */
export async function getJson(path) {
  const answer = await request(path);
  if (!answer.ok) throw new ServerError(answer.status);
  return answer.json();
}

/** Opens JSON in a new tab; with a token that takes more than a link. */
export async function openJson(path) {
  const text = JSON.stringify(await getJson(path), null, 2);
  window.open(URL.createObjectURL(new Blob([text], { type: "application/json" })), "_blank");
}

/** Whether links need `openJson`. */
export function hasToken() {
  return sessionStorage.getItem(KEY) !== null;
}

function askForToken({ wasWrong }) {
  asking ??= new Promise((resolve) => {
    const dialog = document.querySelector("#token-dialog");
    const field = document.querySelector("#token");
    dialog.addEventListener(
      "close",
      () => {
        if (field.value) sessionStorage.setItem(KEY, field.value.trim());
        field.value = "";
        asking = null;
        resolve();
      },
      { once: true },
    );
    document.querySelector("#token-wrong").hidden = !wasWrong;
    dialog.showModal();
  });
  return asking;
}
