"""Which compressed variant a client would rather have (RFC 9110, 12.5.3)."""

from __future__ import annotations

from functools import lru_cache

# In our order of preference where the client has none: name of the coding, ending of the file.
SUFFIXES = {"br": ".br", "gzip": ".gz"}
_LONGEST_HEADER = 400


def preferred_encodings(accept_encoding: str | None) -> tuple[str, ...]:
    """Return the codings to try before the plain file, best first.

    Codings that the client refuses, or likes less than the plain file, are left out; nothing
    is compressed for a client that does not say it can read it.
    """
    if not accept_encoding or len(accept_encoding) > _LONGEST_HEADER:
        return ()
    return _preferred(accept_encoding)


# Clients send a handful of different values; those of an attacker push each other out.
@lru_cache(maxsize=256)
def _preferred(accept_encoding: str) -> tuple[str, ...]:
    weights = {}
    for part in accept_encoding.lower().split(","):
        name, _, parameters = part.partition(";")
        weights[name.strip().replace("x-gzip", "gzip")] = _weight(parameters)
    rest = weights.get("*", 0.0)
    plain = weights.get("identity", 0.0)
    liked = {name: weights.get(name, rest) for name in SUFFIXES}
    chosen = [name for name in SUFFIXES if liked[name] > 0 and liked[name] >= plain]
    return tuple(sorted(chosen, key=lambda name: -liked[name]))


def _weight(parameters: str) -> float:
    """Return the q-value among `parameters`; 0 where it cannot be read, which asks for nothing."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0
