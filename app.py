"""Troubadour: `python app.py` serves the studio; `python app.py <capability> --field value` makes one thing."""
import sys


def main(arguments: list[str]) -> int:
    """Serve, work a lane, or do one thing from the command line. Each imports only what it needs."""
    from config.check import faults
    if wrong := faults():
        print("\n".join(wrong), file=sys.stderr)
        return 2
    if not arguments:
        from studio.serve import main as serve
        return serve()
    if arguments[0] == "worker":
        from jobs.worker import main as work
        return work(arguments[1:]) or 0
    from studio.cli import main as command
    return command(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
