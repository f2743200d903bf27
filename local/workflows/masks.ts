const REPLACEMENT = '***';

/** Replaces secrets in log lines, also in the encodings in which they tend to leak. */
export class Masks {
  #variants: string[] = [];

  /** @param secret any text; empty ones and whitespace are ignored, each line of a long one is masked by itself. */
  add(secret: string): void {
    for (const text of new Set([secret, ...secret.split(/\r?\n/)])) {
      if (text.trim() === '') continue;
      for (const variant of variantsOf(text)) if (!this.#variants.includes(variant)) this.#variants.push(variant);
    }
    // Longest first, else a short secret would break up a longer one that contains it.
    this.#variants.sort((a, b) => b.length - a.length);
  }

  apply(line: string): string {
    let masked = line;
    for (const variant of this.#variants) {
      if (masked.includes(variant)) masked = masked.split(variant).join(REPLACEMENT);
    }
    return masked;
  }

  /** Whether `text` holds a secret: such a job output is not passed on. */
  found(text: string): boolean {
    return this.#variants.some((variant) => text.includes(variant));
  }
}

function variantsOf(text: string): Set<string> {
  const escaped = JSON.stringify(text).slice(1, -1);
  const variants = [text, escaped, encodeURIComponentSafely(text)];
  // Short texts would turn half the log into stars when encoded.
  if (text.length >= 6) variants.push(...base64Forms(text));
  return new Set(variants);
}

/** Base64 of the text at the three offsets that it can have inside a longer text, without the ends that vary. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((offset) => {
    const aligned = bytes.subarray(offset);
    const whole = aligned.subarray(0, aligned.length - (aligned.length % 3));
    const form = whole.toString('base64');
    return form.length >= 8 ? [form] : [];
  });
}

function encodeURIComponentSafely(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text; // lone surrogates have no such form
  }
}
