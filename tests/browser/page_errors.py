"""Records a page's errors: console messages, script exceptions, failed requests."""

from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Request, WebError

_LEFT = "net::ERR_ABORTED"  # navigation away, or the answer became a download: no failure


@dataclass  # no slots: Playwright stores an attribute on its listeners
class Heard:
    """The errors of one test. A test declares those that it provokes, and each declared error must occur."""

    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._thrown)
        context.on("requestfailed", self._failed)

    def expect(self, words: str) -> None:
        """Declares an error whose text contains these words, such as the `403` of a refused address."""
        self.expected.append(words)

    def assert_only_what_was_expected(self) -> None:
        surprises = [one for one in self.complaints if not any(words in one for words in self.expected)]
        assert not surprises, "the browser complained:\n" + "\n".join(surprises)
        for words in self.expected:
            assert any(words in one for one in self.complaints), f"nothing was said of {words!r}: {self.complaints}"

    def _console(self, message: ConsoleMessage) -> None:
        self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _thrown(self, error: WebError) -> None:
        self.complaints.append(f"thrown: {error.error.stack}")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.complaints.append(f"failed: {request.method} {request.url} ({request.failure})")
