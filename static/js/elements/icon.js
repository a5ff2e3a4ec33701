/** The call page's icons: 24 units square, drawn in lines. */

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  mic: "M12 3a3 3 0 00-3 3v5a3 3 0 006 0V6a3 3 0 00-3-3zM5 11a7 7 0 0014 0M12 18v3",
  "mic-off": "M9 9v2a3 3 0 005 2.2M15 11V6a3 3 0 00-5.8-1M5 11a7 7 0 0011 5.7M19 11a7 7 0 01-.6 2.8M12 18v3M4 4l16 16",
  camera: "M5 6h8a2 2 0 012 2v8a2 2 0 01-2 2H5a2 2 0 01-2-2V8a2 2 0 012-2zM15 10.5l6-3.5v10l-6-3.5",
  "camera-off": "M9 6h4a2 2 0 012 2v4M15 15.5V16a2 2 0 01-2 2H5a2 2 0 01-2-2V8a2 2 0 011.5-1.9M15 10.5l6-3.5v10l-2.5-1.5M4 4l16 16",
  torch: "M9 3h6l-1 6h4l-8 12 2-9H8z",
  turn: "M4 9a8 8 0 0114-3l2 2M20 15a8 8 0 01-14 3l-2-2M20 4v4h-4M4 20v-4h4",
  leave: "M3 14.5v-1.8C5.500 10.300 8.600 9 12 9s6.500 1.300 9 3.700v1.800l-1.500 1-3-1.200v-2.200a13 13 0 00-9 0v2.200l-3 1.200z",
  screen: "M5 4h14a2 2 0 012 2v8a2 2 0 01-2 2H5a2 2 0 01-2-2V6a2 2 0 012-2zM8 20h8",
  invite: "M9 11a3 3 0 100-6 3 3 0 000 6zM3 20a6 6 0 0112 0M18 8v6M15 11h6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  problem: "M12 4L2.500 20h19zM12 10v4.500M12 17.500v.01",
  skip: "M5 5l9 7-9 7zM18 5v14",
  sound: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 010 6M18 6.500a8 8 0 010 11",
  signal: "M4 18v-3M9 18v-6M14 18V9M19 18V5",
  copy: "M9 9h10v11H9zM5 15V4h10",
  message: "M4 5h16v11H9l-5 4z",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 010 12h-3",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  up: "M6 15l6-6 6 6",
  help: "M9.200 9a3 3 0 115 2.500c-1.500 1.100-2.200 1.600-2.200 3M12 18v.01",
  wait: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3 2",
  language: "M12 21a9 9 0 100-18 9 9 0 000 18zM3 12h18M12 3c3 3 3.500 6 3.500 9s-.500 6-3.500 9c-3-3-3.500-6-3.500-9S9 6 12 3z",
  photo: "M4 8h3.500l1.500-2.500h6L16.500 8H20v11H4zM12 16.500a3.500 3.500 0 100-7 3.500 3.500 0 000 7z",
  back: "M15 6l-6 6 6 6",
  next: "M9 6l6 6-6 6",
  door: "M5 21V4h10v17M3 21h18M12 12v.01",
};

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}

/** `<farhand-icon name="mic">`, to be named by the text or label of what it stands in. */
export class Icon extends HTMLElement {
  static observedAttributes = ["name"];

  attributeChangedCallback() {
    this.replaceChildren(icon(this.getAttribute("name") ?? ""));
  }
}

customElements.define("farhand-icon", Icon);
