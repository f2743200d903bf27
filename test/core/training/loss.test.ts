import { expect, test } from 'vitest';
import { lineBegun, losesNumber } from '../../../core/training/loss.ts';

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
