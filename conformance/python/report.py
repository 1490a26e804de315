"""Steps that print what came of them, and the count that the runner reads."""

import traceback


class Report:
    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    def step(self, say: str, work) -> None:
        try:
            work()
            self.passed += 1
            print(f"    ok      {say}")
        except Exception as error:
            self.failed += 1
            print(f"    FAILED  {say}")
            for line in traceback.format_exception(error)[-3:]:
                print("             " + line.strip().replace("\n", "\n             ")[:600])

    def end(self) -> int:
        """Prints the line that the runner reads, and gives the exit code."""
        print(f"    {self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 else 1


def equal(found, expected) -> None:
    if found != expected:
        raise AssertionError(f"Expected {str(expected)[:300]}, found {str(found)[:300]}")
