import { expect, test } from 'vitest';
import { ownAddress } from '../../app/own-address.ts';

const at = { publicUrl: null, host: '127.0.0.1', port: 3000 };

test('the address of jobs is the public one, else the one that the settings name, at once', async () => {
  expect(await ownAddress({ ...at, publicUrl: 'https://trainyard.example.com' }).publicUrl()).toBe(
    'https://trainyard.example.com',
  );
  expect(await ownAddress(at).publicUrl()).toBe('http://127.0.0.1:3000');
});

test('with any free port, it is told once the process listens, and never as port 0', async () => {
  const address = ownAddress({ ...at, port: 0 });
  const asked = address.publicUrl();
  address.listens('http://127.0.0.1:4711');
  expect([await asked, await address.publicUrl()]).toEqual(['http://127.0.0.1:4711', 'http://127.0.0.1:4711']);
});

test('whoever waits for it in a process that ends before is told to come again', async () => {
  const address = ownAddress({ ...at, port: 0 });
  const asked = address.publicUrl();
  address.ends();
  await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
});
