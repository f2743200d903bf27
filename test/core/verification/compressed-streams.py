"""Prints streams of bz2 and lzma, each with the size of what is in it."""
import base64, bz2, json, lzma, random

random.seed(1)
words = (random.choice([b"abc", bytes(9), random.randbytes(5), b"hello world"]) for _ in range(3000))
content = random.randbytes(60_000) + b"abc" * 50_000 + b"e" * 300_000 + bytes(range(256)) * 99 + b"".join(words)
half = len(content) // 2
small = [{"id": lzma.FILTER_LZMA2, "lc": 0, "lp": 2, "pb": 0, "dict_size": 4096}]
two = lzma.compress(content[:half]) + bytes(8) + lzma.compress(content[half:], filters=small)
made = {
    "whole bzip2 of small blocks": (len(content), bz2.compress(content, 1)),
    "whole bzip2 of large blocks": (len(content), bz2.compress(content, 9)),
    "whole bzip2 of nothing": (0, bz2.compress(b"")),
    "whole xz of the lowest level": (len(content), lzma.compress(content, preset=0)),
    "whole xz of the highest level": (len(content), lzma.compress(content, preset=9)),
    "whole xz of nothing": (0, lzma.compress(b"")),
    "whole xz of two streams": (len(content), two),
    "whole lzma": (len(content), lzma.compress(content, format=lzma.FORMAT_ALONE)),
    "other xz with a filter for programs": (4, lzma.compress(b"text", filters=[{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2}])),
    "other xz of differences": (4, lzma.compress(b"text", filters=[{"id": lzma.FILTER_DELTA}, {"id": lzma.FILTER_LZMA2}])),
    "other xz that SHA-256 checks": (4, lzma.compress(b"text", check=lzma.CHECK_SHA256)),
}
print(json.dumps({name: (size, base64.b64encode(stream).decode()) for name, (size, stream) in made.items()}))
