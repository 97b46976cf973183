# Runs a command on a terminal of its own and types at it.
# usage: on-terminal.py '[["when this is printed", "type this"], ...]' COMMAND ARGS...
# Prints a JSON object: what was printed, and how it ended (exit status, or -signal).
import json, os, pty, select, sys, time

steps = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
output = b""
seen = 0
deadline = time.time() + 15
while time.time() < deadline:
    if not select.select([terminal], [], [], 0.05)[0]:
        continue
    try:
        data = os.read(terminal, 4096)
    except OSError:
        break
    if not data:
        break
    output += data
    while steps:
        at = output.find(steps[0][0].encode(), seen)
        if at < 0:
            break
        seen = at + len(steps[0][0])
        os.write(terminal, steps.pop(0)[1].encode())
ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"output": output.decode(errors="replace"), "ended": ended}))
