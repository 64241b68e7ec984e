"""What is left of a rate limit: the rules, without time and without a file of their own."""

from __future__ import annotations

from typing import Final

import msgspec

from httptask.builtin.limits.quota import Quota

LONGEST: Final = 3600.0
"""Seconds after which a closed budget is tried again, whatever was said."""

TRIAL: Final = 2.0
"""Seconds in which one request finds out what is allowed, while others wait for its response."""

_ALIKE: Final = 1.5
"""Seconds by which what two responses say of one reset differs: they round."""


class Wait(msgspec.Struct, frozen=True):
    """Why a request may not be sent yet.

    Attributes:
        until: when to look again, in seconds since the epoch.
        trial: whether the response to another request is waited for, which may come before that.
    """

    until: float
    trial: bool = False


class Budget(msgspec.Struct, omit_defaults=True):
    """What is known of one rate limit; times are seconds since the epoch.

    Attributes:
        remaining: requests that may be sent until the reset; None while nobody knows.
        resets: when there are ``limit`` again; 0 while nobody knows.
        limit: requests of a whole period, or None.
        closed: until when none may be sent.
        trial: until when others wait for the response to a request that was sent.
        silent: whether the service says nothing of a limit.
        began: since when the present period is, if nobody told it.
    """

    remaining: int | None = None
    resets: float = 0.0
    limit: int | None = None
    closed: float = 0.0
    trial: float = 0.0
    silent: bool = False
    began: float = 0.0

    def take(self, now: float) -> Wait | None:
        """Take one request; return what to wait for if it may not be sent yet."""
        if self.closed > now:
            return Wait(self.closed)
        if self.resets and self.resets <= now:
            self.remaining, self.resets, self.began = self.limit, 0.0, now
            self.trial = now + TRIAL if self.limit else 0.0
        if self.remaining:
            self.remaining -= 1
            return None
        if self.resets:
            return Wait(self.resets)
        if self.silent:
            return None
        if self.trial > now:
            return Wait(self.trial, trial=True)
        self.remaining, self.trial = None, now + TRIAL
        return None

    def told(self, quota: Quota, sent: float, now: float) -> None:
        """Note what the response says to a request that was sent at that time."""
        self.trial = 0.0
        if quota.closed:
            self.closed = max(self.closed, now + min(quota.closed, LONGEST))
        if quota.remaining is None:
            self.silent = self.remaining is None and not quota.closed
            return
        self.silent, self.limit = False, quota.limit or self.limit
        resets = now + min(quota.resets, LONGEST) if quota.resets is not None else 0.0
        if sent < self.began or (self.resets and resets < self.resets - _ALIKE):
            return  # it is about an earlier period
        same = not self.resets or resets <= self.resets + _ALIKE
        known = self.remaining if same else None
        self.remaining = quota.remaining if known is None else min(known, quota.remaining)
        self.resets = resets
