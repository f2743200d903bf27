/**
 * `loss: nan`, `val_loss=NaN`, `"train/loss": "inf"`, `train-logloss:nan`, `loss_step=tensor(nan, …)`: of the forms that
 * frameworks print. What a log calls its best loss is infinite before there is any.
 */
const NO_NUMBER =
  /(?<!\b(?:best|lowest|min(?:imum)?)[ _.-]{0,2}(?:(?:val|valid|validation|train|test|eval)[ _./-])?)loss(?:_(?:step|epoch))?["']?\s{0,3}[:=]?\s{0,3}["']?(?:[\w.]{1,20}\()?[-+]?(?:nan|inf(?:inity)?)\b/i;
/** Characters that a loss and its value may have between them, with both. */
const LONGEST = 120;

/** Whether a log says that a loss is not a number, or infinite. A hostile log can only have its own run flagged. */
export function losesNumber(text: string): boolean {
  return NO_NUMBER.test(text);
}

/** The end of a log's piece that belongs to a line of the next one. */
export function lineBegun(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1).slice(-LONGEST);
}
