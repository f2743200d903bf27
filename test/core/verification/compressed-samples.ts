/** What Python's `bz2` and `lzma` and python-lz4 4.4.5 make of two contents, in base64. */
export const CONTENTS = {
  text: 'some text and some other text '.repeat(20),
  pickle: `cos\nsystem\n(S'id'\ntR.`,
} as const;

export const COMPRESSED: Readonly<Record<string, Readonly<Record<keyof typeof CONTENTS, string>>>> = {
  bzip2: {
    text: 'QlpoOTFBWSZTWSuIuRwAAOWRgEAAJkOcQCAAcEDQNAKVTTQyHpMkyTBME2TJNE0JonZVsTZPRPCbJwJ8JwJ0TkT8XckU4UJAriLkcA==',
    pickle: 'QlpoOTFBWSZTWR8vIqUAAATTgAAQAMEYAA4ijCAgACIhobRPKYpgACi8jgQkuCV+mTWLuSKcKEgPl5FSgA==',
  },
  xz: {
    text: '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AJXACFdADmbyfLnULjF4ly01yHbbfN4tN10a72NrWxx0j2hmngIAAAAAABF+BLPmm4RbgABPdgEAAAAYWNWTbHEZ/sCAAAAAARZWg==',
    pickle:
      '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAUY29zCnN5c3RlbQooUydpZCcKdFIuAAAAALWMMK4LlRasAAEtFS8LcW0ftvN9AQAAAAAEWVo=',
  },
  'xz with CRC-32': {
    text: '/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AJXACFdADmbyfLnULjF4ly01yHbbfN4tN10a72NrWxx0j2hmngIAAAAAAAI+qBsAAE52AQAAAB3IcfWPjANiwIAAAAAAVla',
    pickle: '/Td6WFoAAAFpIt42AgAhARYAAAB0L+WjAQAUY29zCnN5c3RlbQooUydpZCcKdFIuAAAAAL5FuCcAASkVK84dCZBCmQ0BAAAAAAFZWg==',
  },
  lzma: {
    text: 'XQAAgAD//////////wA5m8ny51C4xeJctNch223zeLTddGu9ja1scdI9oZsPr1P//7R0AAA=',
    pickle: 'XQAAgAD//////////wAxm8rGsnxl39+RWZ+x1n4tcWoFcVZM8vMol///mM4AAA==',
  },
  LZ4: {
    text: 'BCJNGHxAWAIAAAAAAABKKAAAAOFzb21lIHRleHQgYW5kIA4AUm90aGVyFAABEAAPHgD//x9QdGV4dCBVPYXWAAAAAB7c6Ko=',
    pickle: 'BCJNGHxAFQAAAAAAAABzFQAAgGNvcwpzeXN0ZW0KKFMnaWQnCnRSLnhWXEwAAAAAeFZcTA==',
  },
};
