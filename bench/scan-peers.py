"""Scans files with one peer and prints, per file, JSON of bytes, CPU seconds and whether it was held. Usage: scan-peers.py PEER FILE…"""
import json, os, sys, time

peer, paths = sys.argv[1], sys.argv[2:]


def picklescan(path):
    from picklescan.scanner import scan_file_path

    found = scan_file_path(path)
    return found.issues_count > 0 or found.scan_err


def modelscan(path):
    from modelscan.modelscan import ModelScan

    found = ModelScan().scan(path)
    return found["summary"]["total_issues"] > 0 or len(found["errors"]) > 0


def fickling(path):
    import zipfile

    from fickling.analysis import Severity
    from fickling.loader import scan_file, scan_zip_archive

    found = list(scan_zip_archive(path, graceful=True).values()) if zipfile.is_zipfile(path) else [scan_file(path, graceful=True)]
    return any(one.severity > Severity.LIKELY_SAFE or one.errors for one in found)


scan = {"picklescan": picklescan, "modelscan": modelscan, "fickling": fickling}[peer]
for path in paths:
    start = time.process_time()
    try:
        held = "held" if scan(path) else "passed"
    except BaseException as error:
        held = f"failed: {type(error).__name__}"
    print("RESULT " + json.dumps({"path": path, "bytes": os.path.getsize(path), "seconds": time.process_time() - start, "held": held}))
