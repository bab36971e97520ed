/** Who is measured next, and in what. */
export interface Turn<Cell, Contender> {
  /** From 1. Rounds that only warm up come before that. */
  readonly round: number;
  readonly cell: Cell;
  readonly contender: Contender;
}

/** What takes turns. */
export interface Order<Cell, Contender> {
  readonly rounds: number;
  /** Rounds that are not counted, ahead of the others. */
  readonly warmups?: number;
  readonly cells: readonly Cell[];
  /** Who is measured in a cell. */
  readonly contenders: (cell: Cell) => readonly Contender[];
}

/**
 * All turns of a run. A round goes through all cells, and every other one takes the contenders in reverse, so that what is
 * compared is close in time and a noisy minute hits all of them alike.
 */
export function* turns<Cell, Contender>(order: Order<Cell, Contender>): Generator<Turn<Cell, Contender>> {
  const { rounds, warmups = 0, cells, contenders } = order;
  for (let round = 1 - warmups; round <= rounds; round++) {
    for (const cell of cells) {
      const forth = contenders(cell);
      for (const contender of round % 2 === 0 ? forth.toReversed() : forth) yield { round, cell, contender };
    }
  }
}
