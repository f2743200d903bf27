"""The checkpoint directory, saved as it changes and restored when another machine goes on."""

import os
import threading

import archive
import transfer

MAX_BYTES = 4 << 30
MAX_FILES = 5000


def restore(address, directory, scratch):
    """Unpacks the last checkpoint of an earlier attempt. @returns its bytes and a note, either may be None"""
    if address is None:
        return None, None
    target = os.path.join(scratch, "restored.tar")
    try:
        if transfer.get(address, target, MAX_BYTES + (64 << 20)) is None:
            return None, None
        archive.unpack(target, directory, MAX_BYTES)
        return os.path.getsize(target), None
    except (archive.ArchiveError, transfer.TransferError, OSError, ValueError) as error:
        # Half of a checkpoint would be worse than none.
        _empty(directory)
        return None, f"The checkpoint could not be restored: {error}"[:1000]
    finally:
        if os.path.exists(target):
            os.unlink(target)


def _empty(directory):
    for place, folders, files in os.walk(directory, topdown=False):
        for name in files:
            os.unlink(os.path.join(place, name))
        for name in folders:
            os.rmdir(os.path.join(place, name))


class Saver:
    """Saves when something has changed since the last save and nothing changes any more, or training is about to end."""

    def __init__(self, address, directory, scratch, interval):
        self._address, self._directory, self._scratch = address, directory, scratch
        self._interval = interval
        self._saved = self._seen = ()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self.note = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        if address is not None:
            self._saved = self._seen = self._look()
            self._thread.start()

    def _run(self):
        while not self._stop.wait(self._interval):
            self._save(waits=True)

    def _look(self):
        try:
            files = archive.listing(self._directory, "TRAINYARD_CHECKPOINT", MAX_BYTES, MAX_FILES)
            # The time tells a file that was written over with as many bytes.
            at = [os.stat(os.path.join(self._directory, path), follow_symlinks=False).st_mtime_ns for path, _, _ in files]
            return tuple(zip(files, at))
        except archive.ArchiveError as error:
            self.note = str(error)[:1000]
        except OSError:
            # It changes at this moment; the next look will find it whole.
            pass
        return None

    def _save(self, waits):
        with self._lock:
            found = self._look()
            settled = found == self._seen
            self._seen = found
            if not found or found == self._saved or (waits and not settled):
                return
            target = os.path.join(self._scratch, "checkpoint.tar")
            try:
                archive.pack(self._directory, [file for file, _ in found], target, "TRAINYARD_CHECKPOINT")
                transfer.put(self._address, target)
                self._saved, self.note = found, None
            except (archive.ArchiveError, transfer.TransferError, OSError) as error:
                self.note = str(error)[:1000]
            finally:
                if os.path.exists(target):
                    os.unlink(target)

    def stop(self, save):
        """@param save whether what is there now is worth keeping: the run has not ended well"""
        self._stop.set()
        if self._address is None:
            return
        if save:
            self._save(waits=False)
