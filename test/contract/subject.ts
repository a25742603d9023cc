/** What a suite runs on: a fresh store, what to do afterwards, and what this adapter cannot show. */
export interface Subject<Store, Capabilities = object> {
  readonly store: Store;
  readonly capabilities: Capabilities;
  close(): Promise<void>;
}

/** A test's body as a test: on a subject of its own, which is closed whatever becomes of it. */
export function onSubject<Store>(open: () => Promise<Subject<Store>>): (body: (store: Store) => Promise<void>) => () => Promise<void> {
  return (body) => async () => {
    const subject = await open();
    try {
      await body(subject.store);
    } finally {
      await subject.close();
    }
  };
}
