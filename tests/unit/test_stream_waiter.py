"""What wakes a service when something follows a position in a stream: no word of it gets lost."""

from shared.service.stream.waiter import StreamWaiter
from tests.support.links import LinkDouble


class JustNow(StreamWaiter):
    """A waiter whose thread finds something in the moment after the service has looked."""

    def __init__(self) -> None:
        super().__init__(LinkDouble(), "orders", lambda: None)
        self._news = False
        self._finds = True

    @property
    def _has_news(self) -> bool:
        news = self._news
        if self._finds:
            self._news, self._finds = True, False
        return news

    @_has_news.setter
    def _has_news(self, news: bool) -> None:
        self._news = news


def test_news_that_comes_while_the_service_looks_is_not_lost() -> None:
    """It is there at the next look: nobody would ask for it again."""
    waiter = JustNow()
    assert not waiter.take_news()
    assert waiter.take_news()
    assert not waiter.take_news()
