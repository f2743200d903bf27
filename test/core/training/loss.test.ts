import { expect, test } from 'vitest';
import { isLoss, lineBegun, losesNumber, lostLoss, notNumberFrom } from '../../../core/training/loss.ts';

test.each([
  'loss: nan',
  'Epoch 1/3 - 2s - loss: nan - accuracy: 0.1',
  'train_loss=NaN',
  'val_loss: -inf',
  'valLoss = Infinity',
  '{"loss": nan}',
  "{'eval_loss': 'nan', 'epoch': 1.0}",
  '{"train/loss": Infinity}',
  '[12]\ttrain-logloss:nan\teval-logloss:0.5',
  'Epoch 0:  50%|█████| 5/10 [v_num=0, train_loss_step=nan.0]',
  "{'loss': tensor(nan, device='cuda:0')}",
  'loss np.float32(nan)',
  'step 3 Loss nan',
])('a loss is no number in %j', (line) => expect(losesNumber(`epoch 1\n${line}\n`)).toBe(true));

test.each([
  'loss: 0.53',
  'loss information follows',
  'val_loss improved from inf to 0.64',
  'best_loss=inf',
  'best val_loss: inf',
  'min_val_loss = inf',
  'loss_scale: inf',
  'lossless: nan',
  'nan values dropped: 12',
  'accuracy: nan',
])('no loss is told to be no number in %j', (line) => expect(losesNumber(line)).toBe(false));

test('a line that two pieces of a log share is read as one', () => {
  const [before, after] = ['epoch 2 train_lo', 'ss: nan\n'];
  expect(losesNumber(before) || losesNumber(after)).toBe(false);
  expect(losesNumber(lineBegun(`epoch 1\n${before}`) + after)).toBe(true);
  expect(lineBegun('loss: nan\n')).toBe('');
});

test('what is asked of a hostile line grows with its length alone', () => {
  expect(lineBegun('loss '.repeat(100_000)).length).toBeLessThan(200);
  expect(losesNumber(`${'loss_step   :   '.repeat(20_000)}${'best val_'.repeat(30_000)}`)).toBe(false);
});

test.each([
  'loss',
  'train_loss',
  'val.loss_epoch',
  'valLoss',
  'lossTrain',
  'LOSS',
  'logloss',
  'losses.box',
  'minibatch_loss',
])('%s is a loss', (metric) => expect(isLoss(metric)).toBe(true));

test.each(['accuracy', 'best_val_loss', 'bestLoss', 'min_loss', 'loss_scale', 'lossless', 'glossary'])(
  '%s is none, or not the one of now',
  (metric) => expect(isLoss(metric)).toBe(false),
);

const points = (metric: string, values: readonly number[], attempt?: number) =>
  values.map((value, step) => ({ metric, step, value, ...(attempt === undefined ? {} : { attempt }) }));

test.each([
  [[], null],
  [[1, 2], null],
  [[1, Number.NaN, 2], null],
  [[1, Number.NaN], 1],
  [[1, Number.POSITIVE_INFINITY, Number.NaN], 1],
  [[Number.NaN], 0],
])('the values %j are no numbers from step %s', (values, step) => {
  expect(notNumberFrom(points('a', values))).toBe(step);
});

test('of a run the first loss that has ended as no number is told', () => {
  const good = [...points('loss', [1, 2]), ...points('accuracy', [0.5, Number.NaN])];
  expect(lostLoss(good)).toBeNull();
  expect(lostLoss([...good, ...points('val_loss', [1, Number.NaN])])).toBe(
    'Its loss is not a number: val_loss from step 1',
  );
});

test('an attempt that went on from before its loss was lost takes the place of the one that lost it', () => {
  const lost = points('loss', [1, Number.NaN, Number.NaN]);
  expect(lostLoss([...lost, { metric: 'loss', step: 1, value: 0.5, attempt: 2 }])).toBeNull();
});
