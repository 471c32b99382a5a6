"""A figure: the app's value, the peer's and the limit's, and their ratios."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Less is better throughout. `limit` is the minimum that the work could cost, or the maximum allowed."""

    name: str
    title: str
    unit: str
    ours: float
    peer: float | None = None
    limit: float | None = None
    goal_peer: float | None = None  # at least so many times better than the peer
    goal_limit: float | None = None  # at most so many times the limit
    remark: str = ""  # what was smaller than planned, or what the limit is

    @property
    def ratio_to_peer(self) -> float | None:
        return self.peer / self.ours if self.peer is not None else None

    @property
    def ratio_to_limit(self) -> float | None:
        return self.ours / self.limit if self.limit is not None else None

    @property
    def met(self) -> bool:
        """Whether every goal is met."""
        peer, limit = self.ratio_to_peer, self.ratio_to_limit
        better = self.goal_peer is None or (peer is not None and peer >= self.goal_peer)
        near = self.goal_limit is None or (limit is not None and limit <= self.goal_limit)
        return better and near

    def as_json(self) -> dict[str, object]:
        """For programs: everything but the texts."""
        shown = {key: value for key, value in asdict(self).items() if key not in ("title", "remark")}
        return shown | {"ratio_to_peer": self.ratio_to_peer, "ratio_to_limit": self.ratio_to_limit, "met": self.met}
