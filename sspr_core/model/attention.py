"""Users who deserve a second look, beyond the counts of coverage: what a technician's list of work begins with."""

from dataclasses import dataclass
from datetime import timedelta

NEW_FOR = timedelta(days=7)  # a user created so short before a snapshot's start is new


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Users of the population; one may be counted in several."""

    admin_to_register_count: int = 0
    single_method_count: int = 0  # registered with exactly one method: one lost device and they are locked out
    phone_only_count: int = 0  # registered, and every method is a phone number
    new_to_register_count: int = 0
