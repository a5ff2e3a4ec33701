/** What this phone keeps until the server has it: in IndexedDB, or in memory where that fails. */

const NAME = "farhand";
const VERSION = 1;
const RECORDS = "outbox";
/** Some browsers neither open nor refuse a database in their private mode. */
const OPEN_MS = 3_000;

/** @typedef {{id: string}} Stored */

export class Store extends EventTarget {
  /** Does everything outlive the page? */
  safe = true;
  /** @type {Promise<IDBDatabase | null>} */
  #database = open().catch(() => this.#fallBack());
  /** @type {Map<string, Stored>} */
  #memory = new Map();

  /** @returns {Promise<any[]>} */
  async all() {
    const found = await this.#run("readonly", (records) => records.getAll());
    return [...(found ?? []), ...this.#memory.values()];
  }

  /** @param {Stored} record */
  async put(record) {
    const kept = await this.#run("readwrite", (records) => records.put(record));
    if (kept === undefined) this.#memory.set(record.id, record);
    else this.#memory.delete(record.id);
  }

  /** @param {string} id */
  async remove(id) {
    this.#memory.delete(id);
    await this.#run("readwrite", (records) => records.delete(id));
  }

  /**
   * One transaction, and what was asked for once it is on the disk; undefined if it failed.
   * @param {IDBTransactionMode} mode
   * @param {(records: IDBObjectStore) => IDBRequest} work
   * @returns {Promise<any>}
   */
  async #run(mode, work) {
    const database = await this.#database;
    if (!database) return undefined;
    try {
      const transaction = database.transaction(RECORDS, mode, { durability: "strict" });
      const request = work(transaction.objectStore(RECORDS));
      await settled(transaction);
      return request.result ?? null;
    } catch {
      this.#fallBack();
      return undefined;
    }
  }

  /** The browser forbids it, or its disk is full. */
  #fallBack() {
    this.safe = false;
    this.dispatchEvent(new Event("change"));
    return null;
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), OPEN_MS);
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(RECORDS, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("blocked"));
  });
}

/** @param {IDBTransaction} transaction */
function settled(transaction) {
  return new Promise((/** @type {(nothing: void) => void} */ resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}
