"""Runs scripts in folders: JSON of [[folder, script], …] on standard input. Each runs in a process of its own."""
import json, os, sys

for folder, script in json.load(sys.stdin):
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        exec(compile(script, folder, "exec"), {"__name__": "__main__"})
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"the script for {folder} failed")
