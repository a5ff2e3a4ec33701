/**
 * Draws a tree of plain descriptions into the page, changing only what differs, so that focus,
 * a finger on a button and a playing picture survive.
 */

/** @typedef {Record<string, unknown>} Props */
/** @typedef {{tag: string, props: Props, children: Child[]}} Description */
/** @typedef {Description | string | number | null | undefined | false
 *   | readonly unknown[]} Child */

const SVG = "http://www.w3.org/2000/svg";
const LIVE = new Set(["value", "checked"]);

/**
 * What an element was last drawn from.
 * @type {WeakMap<Node, Props>}
 */
const drawn = new WeakMap();

/**
 * Describes an element. Props: `key` keeps it apart from its like, `on…` are handlers, `style` is
 * an object of CSS properties, objects and booleans become properties, the rest attributes.
 * @param {string} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {Description}
 */
export function h(tag, props = {}, ...children) {
  return { tag, props, children };
}

/**
 * Makes the children of `host` what is described. The inside of a custom element is its own.
 * @param {Element} host
 * @param {Child[]} children
 */
export function draw(host, children) {
  const wanted = /** @type {(Description | string)[]} */ (
    children.flat(9).flatMap((child) => {
      if (child === null || child === undefined || child === false) return [];
      return typeof child === "number" ? `${child}` : child;
    })
  );
  const free = [...host.childNodes];
  const nodes = wanted.map((child) => {
    const at = free.findIndex((node) => fits(node, child));
    return at < 0 ? create(host, child) : /** @type {ChildNode} */ (free.splice(at, 1)[0]);
  });
  for (const node of free) node.remove();
  nodes.forEach((node, index) => {
    const child = /** @type {Description | string} */ (wanted[index]);
    if (typeof child !== "string") patch(/** @type {HTMLElement} */ (node), child);
    else if (node.nodeValue !== child) node.nodeValue = child;
    if (host.childNodes[index] !== node) host.insertBefore(node, host.childNodes[index] ?? null);
  });
}

/** @param {Node} node @param {Description | string} child */
function fits(node, child) {
  if (typeof child === "string") return node.nodeType === Node.TEXT_NODE;
  const props = drawn.get(node);
  return node.nodeName.toLowerCase() === child.tag && props?.key === child.props.key && Boolean(props);
}

/** @param {Element} host @param {Description | string} child @returns {ChildNode} */
function create(host, child) {
  if (typeof child === "string") return document.createTextNode(child);
  const inside = host.namespaceURI === SVG || child.tag === "svg";
  const node = inside ? document.createElementNS(SVG, child.tag) : document.createElement(child.tag);
  drawn.set(node, { key: child.props.key });
  return node;
}

/** @param {HTMLElement} node @param {Description} description */
function patch(node, { tag, props, children }) {
  const before = drawn.get(node) ?? {};
  for (const name of Object.keys(before)) if (!(name in props)) set(node, name, undefined);
  for (const [name, value] of Object.entries(props)) {
    if (before[name] !== value || LIVE.has(name)) set(node, name, value);
  }
  drawn.set(node, props);
  if (!tag.includes("-")) draw(node, children);
}

/** @param {HTMLElement} node @param {string} name @param {unknown} value */
function set(node, name, value) {
  if (name === "key") return;
  if (name === "style") {
    for (const [property, to] of Object.entries(/** @type {Props} */ (value ?? {}))) {
      node.style.setProperty(property, `${to}`);
    }
  } else if (name.startsWith("aria-") || name.startsWith("data-")) {
    if (value === undefined || value === null) node.removeAttribute(name);
    else node.setAttribute(name, `${value}`);
  } else if (LIVE.has(name) || name.startsWith("on") || isProperty(value) || isOwn(node, name)) {
    const live = /** @type {Props} */ (/** @type {unknown} */ (node));
    const to = value ?? (name.startsWith("on") ? null : "");
    if (!LIVE.has(name) || live[name] !== to) live[name] = to;
  } else if (value === undefined || value === null) {
    if (typeof (/** @type {any} */ (node)[name]) === "boolean") /** @type {any} */ (node)[name] = false;
    node.removeAttribute(name);
  } else {
    node.setAttribute(name, `${value}`);
  }
}

/**
 * A field that a custom element's class declares.
 * @param {HTMLElement} node
 * @param {string} name
 */
function isOwn(node, name) {
  return node.localName.includes("-") && Object.hasOwn(node, name);
}

/** @param {unknown} value */
function isProperty(value) {
  return ["boolean", "function"].includes(typeof value) || (typeof value === "object" && value !== null);
}
