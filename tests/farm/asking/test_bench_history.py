"""The benchmark of the history says of every figure at which size it was measured and for which the goal is."""

from bench import history


def test_a_figure_of_a_small_history_does_not_pass_for_one_of_the_stated_size() -> None:
    assert history.size(history.FULL["SQLite"]) == "1,000,000 boots, 5,000,000 PCR rows"
    assert history.size(history.FULL["PostgreSQL"]) == "2,000,000 boots, 10,000,000 PCR rows"
    assert history.goal("SQLite", "first changes", 100_000) == "<= 50 at 1,000,000 boots, measured at 100,000"
    assert history.goal("PostgreSQL", "matrix 40 x 30", 5) == "<= 100 at 2,000,000 boots, measured at 5"
    assert history._WHOLE == "python -m bench.history --boots 1000000 --postgresql-boots 2000000"
    assert history._WHOLE in (history.__doc__ or "")
