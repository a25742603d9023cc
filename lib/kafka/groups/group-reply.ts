/**
 * Waits for the reply to something that a group answers later. Null when the client has gone meanwhile: the group does
 * not notice, and its reply goes nowhere. Rejects when `start` does.
 */
export function answerWithin<Answer>(
  signal: AbortSignal,
  start: (reply: (answer: Answer) => void) => Promise<unknown>,
): Promise<Answer | null> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => signal.removeEventListener('abort', onAbort);
    const reply = (answer: Answer) => {
      settle();
      resolve(answer);
    };
    start(reply).catch((error: unknown) => {
      settle();
      reject(error);
    });
  });
}
