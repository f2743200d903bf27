/** What is asked of nvidia-smi: its index, its UUID and how busy it was of late, in a line for each GPU. */
export const ASK_GPU_USE = [
  'nvidia-smi',
  '--query-gpu=index,uuid,utilization.gpu',
  '--format=csv,noheader,nounits',
] as const;

/**
 * Share of 0 to 1 of the busiest GPU, as nvidia-smi tells; null where it does not, for one of them at least while all
 * others idle.
 * @param visible `CUDA_VISIBLE_DEVICES`: indices or UUIDs of those that training may use; undefined for all
 */
export function gpuUseIn(text: string, visible: string | undefined): number | null {
  const ours = visible?.split(',').map((one) => one.trim());
  const shares = text.split('\n').flatMap((line) => {
    const [index = '', uuid = '', percent] = line.split(',').map((part) => part.trim());
    if (percent === undefined || ours?.some((one) => names(one, index, uuid)) === false) return [];
    return [/^\d{1,3}$/.test(percent) ? Math.min(1, Number(percent) / 100) : null];
  });
  const busiest = Math.max(...shares.map((share) => share ?? 0));
  if (shares.length === 0 || (busiest === 0 && shares.includes(null))) return null;
  return busiest;
}

/** CUDA takes the beginning of a UUID for it. */
function names(one: string, index: string, uuid: string): boolean {
  return one === index || (one.length > 4 && uuid.startsWith(one));
}
