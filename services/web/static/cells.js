// Table cells that touch the page only when what they show has changed.

import { decimals, price, shortName } from "./format.js";

/** Sets an element's text if it is another; whether it was. */
export function setText(element, text) {
  if (element.shown === text) return false;
  element.shown = text;
  element.textContent = text;
  return true;
}

/** Sets a price, its trailing zeros fainter, if it is another; whether it was. */
export function setPrice(element, value) {
  if (element.shown === value && element.decimals === decimals) return false;
  element.shown = value;
  element.decimals = decimals;
  const [head, zeros] = price(value);
  if (!element.firstElementChild) element.replaceChildren(document.createTextNode(""), make("span", "tail"));
  element.firstChild.data = head;
  element.firstElementChild.textContent = zeros;
  return true;
}

/** Sets a symbol, shortened if it is very long, with the whole as its title; whether what is shown is another. */
export function setSymbol(element, symbol) {
  const text = shortName(symbol);
  const title = text === symbol ? "" : symbol;
  if (element.title !== title) element.title = title;
  return setText(element, text);
}

/** An element with a class and text. */
export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
