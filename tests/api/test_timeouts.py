"""Clients that stop talking: header 10 s, stalled body 30 s, a whole body 60 s, idle 60 s (issue A). They wait since the run began."""

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("client, seconds, statuses", [
    ("half a header", 10, {408, None}),
    ("header line by line", 10, {408, None}),
    ("no body", 30, {408}),
    ("half a body", 30, {408}),
    ("half a chunk", 30, {408}),
    ("idle", 60, {408, None}),
])
def test_it_is_cut_off(stalled, client, seconds, statuses):
    took, status = stalled[client].outcome()
    assert seconds - 1 <= took <= seconds + 5
    assert status in statuses


@pytest.mark.slow
@pytest.mark.parametrize("clients, seconds", [
    ("JSON, byte by byte", 60), ("form, byte by byte", 60),
    ("upload, byte by byte", 90), ("chunked upload, byte by byte", 90),  # A minute, and the first 30 s at the rate.
])
def test_a_body_may_not_trickle_for_ever(stalled, clients, seconds):
    outcomes = [client.outcome() for client in stalled[clients]]
    assert {status for _, status in outcomes} == {408}
    assert all(seconds - 1 <= took <= seconds + 15 for took, _ in outcomes), outcomes


@pytest.mark.slow
def test_a_connection_on_which_nothing_is_said(stalled):
    """Whether that is an unfinished header or an idle connection, it ends."""
    took, status = stalled["says nothing"].outcome()
    assert took <= 65 and status in (408, None)
