"""Our tar archives (core/packaging/tar.ts) in their one form: regular files, sorted, no times, no owners."""

import os
import re
import stat

BLOCK = 512
MAX_OCTAL = 8**11 - 1
MAX_FILES = 10_000


class ArchiveError(Exception):
    """What can't be packed or unpacked, in words for the pull request."""


class TooLarge(ArchiveError):
    """More bytes or files than an archive may hold."""


def _octal(value, digits):
    return format(value, "o").zfill(digits).encode()


def _ustar(name, size, mode, kind):
    block = bytearray(BLOCK)

    def put(content, at):
        block[at : at + len(content)] = content

    put(name, 0)
    put(_octal(mode, 7), 100)
    put(_octal(0, 7), 108)
    put(_octal(0, 7), 116)
    put(_octal(size, 11), 124)
    put(_octal(0, 11), 136)
    put(b" " * 8, 148)
    put(kind, 156)
    put(b"ustar\x0000", 257)
    put(_octal(sum(block), 6) + b"\0 ", 148)
    return bytes(block)


def _record(key, value):
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def header(path, size, executable):
    """The header of one file, after a pax block where its name or size don't fit."""
    name = path.encode()
    pax = b""
    if not re.fullmatch(rb"[\x20-\x7e]{1,100}", name) or path == "PaxHeader":
        pax += _record(b"path", name)
        name = b"PaxHeader"
    if size > MAX_OCTAL:
        pax += _record(b"size", str(size).encode())
    own = _ustar(name, 0 if size > MAX_OCTAL else size, 0o755 if executable else 0o644, b"0")
    if not pax:
        return own
    padded = pax + b"\0" * (-len(pax) % BLOCK)
    return _ustar(b"PaxHeader", len(pax), 0o644, b"x") + padded + own


def _problem(path):
    if not re.fullmatch(r"[^\x00-\x1f\x7f\\]{1,1024}", path):
        return "its name is too long, or holds a control character or a backslash"
    if any(part in ("", ".", "..") for part in path.split("/")):
        return "its path leads elsewhere"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "its name is no UTF-8"
    return None


def listing(directory, what, max_bytes, max_files=MAX_FILES):
    """The regular files below a directory of hostile code. @raise ArchiveError for a link, a device, or too much."""
    found, total, pending = [], 0, [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(os.path.join(directory, prefix)) as entries:
            for entry in entries:
                path = entry.name if prefix == "" else prefix + "/" + entry.name
                state = entry.stat(follow_symlinks=False)
                shown = ascii(path[:200])
                if stat.S_ISDIR(state.st_mode):
                    pending.append(path)
                    continue
                if stat.S_ISLNK(state.st_mode):
                    raise ArchiveError(f"{what}: {shown} is a link: write the file itself")
                if not stat.S_ISREG(state.st_mode):
                    raise ArchiveError(f"{what}: {shown} is neither a file nor a folder")
                problem = _problem(path)
                if problem is not None:
                    raise ArchiveError(f"{what}: {shown} can't be packed: {problem}")
                total += state.st_size
                if total > max_bytes:
                    raise TooLarge(f"{what}: expected at most {max_bytes} bytes in all")
                if len(found) >= max_files:
                    raise TooLarge(f"{what}: expected at most {max_files} files")
                found.append((path, state.st_size, bool(state.st_mode & 0o100)))
    # By UTF-16 code units, as the reader compares.
    found.sort(key=lambda file: file[0].encode("utf-16-be"))
    return found


def pack(directory, files, target, what):
    """Writes what `listing` found. @raise ArchiveError for a file that changed meanwhile"""
    with open(target, "wb") as out:
        for path, size, executable in files:
            out.write(header(path, size, executable))
            _copy(os.path.join(directory, path), size, out, f"{what}: {ascii(path[:200])}")
            out.write(b"\0" * (-size % BLOCK))
        out.write(b"\0" * (2 * BLOCK))


def _copy(source, size, out, shown):
    # Not through a link that took the file's place since it was listed, and not into a pipe.
    try:
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise ArchiveError(f"{shown} changed while it was packed") from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ArchiveError(f"{shown} changed while it was packed")
        left = size
        while left > 0:
            chunk = file.read(min(left, 1 << 20))
            if not chunk:
                break
            out.write(chunk)
            left -= len(chunk)
        if left > 0 or file.read(1):
            raise ArchiveError(f"{shown} changed while it was packed")


def unpack(source, directory, max_bytes):
    """Reads an archive of ours below an empty directory. @raise ArchiveError for any other form"""
    total = count = 0
    with open(source, "rb") as file:
        while True:
            block = file.read(BLOCK)
            if len(block) < BLOCK:
                raise ArchiveError("the archive ends too early")
            if block == b"\0" * BLOCK:
                return
            path, size, executable = _entry(file, block)
            problem = _problem(path)
            total, count = total + size, count + 1
            if problem is not None or total > max_bytes or count > MAX_FILES:
                raise ArchiveError(problem or "the archive holds more than is allowed")
            target = os.path.join(directory, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "xb") as out:
                left = size
                while left > 0:
                    chunk = file.read(min(left, 1 << 20))
                    if not chunk:
                        raise ArchiveError("the archive ends too early")
                    out.write(chunk)
                    left -= len(chunk)
            os.chmod(target, 0o755 if executable else 0o644)
            file.read(-size % BLOCK)


def _entry(file, block):
    pax = {}
    if block[156:157] == b"x":
        size = int(block[124:135], 8)
        if size > 8 * BLOCK:
            raise ArchiveError("an entry is not in the form of our archives")
        for line in file.read(size + (-size % BLOCK))[:size].split(b"\n")[:-1]:
            match = re.fullmatch(rb"\d{1,5} (path|size)=(.*)", line, re.DOTALL)
            if match is None:
                raise ArchiveError("an entry is not in the form of our archives")
            pax[match[1]] = match[2]
        block = file.read(BLOCK)
    try:
        path = (pax.get(b"path") or block[:100].rstrip(b"\0")).decode()
        size = int(pax.get(b"size") or block[124:135], 10 if b"size" in pax else 8)
        mode = int(block[100:107], 8)
    except (ValueError, UnicodeDecodeError) as error:
        raise ArchiveError("an entry is not in the form of our archives") from error
    if block[156:157] != b"0" or header(path, size, mode == 0o755)[-BLOCK:] != block:
        raise ArchiveError("an entry is not in the form of our archives")
    return path, size, mode == 0o755
