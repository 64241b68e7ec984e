"""The child process: reads requests, one JSON document a line, and writes results.

It is started as a script without site-packages: ``child.py FOLDER-OF-JQ BYTES``.
"""

import json
import sys

MAX_RESULT = 64 * 1024 * 1024


def limit_memory(size: int) -> None:
    """Limit the memory of this process, where the system can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def result_of(request: dict[str, str]) -> dict[str, object]:
    """Run one query; without ``input`` only compile it."""
    import jq  # noqa: PLC0415 - found by the path that the parent gives

    try:
        program = jq.compile(request["query"])
        if "input" not in request:
            return {"results": []}
        results = program.input_text(request["input"]).all()
    except ValueError as error:
        return {"error": str(error)}
    if sum(map(len, results)) > MAX_RESULT:
        return {"error": f"the results are larger than {MAX_RESULT} bytes"}
    return {"results": results}


def main() -> None:
    """Serve until the parent closes the pipe."""
    sys.path.append(sys.argv[1])
    limit_memory(int(sys.argv[2]))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(result_of(json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
