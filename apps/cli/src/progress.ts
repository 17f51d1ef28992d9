const EVERY_MS = 1_000;

/** How far a long command is, for a person at a terminal: one line of stderr, written anew. */
export class Progress {
  private shownAt = performance.now();
  private shown = false;

  show(sentence: string): void {
    if (!process.stderr.isTTY || performance.now() - this.shownAt < EVERY_MS) return;
    this.shownAt = performance.now();
    this.shown = true;
    process.stderr.write(`\r\x1b[K${sentence}`);
  }

  end(): void {
    if (this.shown) process.stderr.write('\r\x1b[K');
  }
}
