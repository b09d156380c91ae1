// What a file of tests has started and has to stop again.
import { after } from 'node:test';

/** To be called where tests are described. @returns a function that waits for a thing to start, and has it stopped after them,
 * the last one first */
export function stopsWhatBegins() {
  const started = [];
  after(async () => {
    for (const thing of started.reverse()) await thing.stop();
  });
  return async (starting) => {
    const thing = await starting;
    started.push(thing);
    return thing;
  };
}
