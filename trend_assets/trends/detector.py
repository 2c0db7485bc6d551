"""The detector `baseline`: how surprising a bucket of a series is, given what was known of the series before.

A **series** is anything that is counted over time: a cluster, a topic, an item. The input is a relation with one row per
series and bucket:

    series        whatever names it
    bucket_start  TIMESTAMP, on a grid of the bucket's length
    value         how much happened in the bucket, at least 0
    doubt         how much of the value may be rounding: a counter shown in steps of 100 moves by 100 or not at all
    known         whether that is the whole truth; an unknown bucket is skipped, it is not zero
    empty_before  known buckets right before this one in which nothing happened and that have no row of their own
    surfaces      on how many surfaces it was seen
    authors       by how many authors, null when unknown

Where a series begins, `empty_before` says whether it is new: as many buckets as were watched without it. At 0 nothing was
watched, it may always have been there, and its first row has no score.

A row is a function of the rows of its series in the `REACH` up to it. Sums are over whole numbers, so that neither threads
nor other rows change a digit.
"""

from datetime import timedelta

from trend_assets.hours import HOUR

DETECTOR = "baseline"
FORMULA_VERSION = "baseline-1"
"""Stored with every scored row; raise it with every change of the formula."""

DAY = timedelta(days=1)
LEVEL = timedelta(days=7)
"""Full weeks, so that the level does not move with the weekday."""
WEEKS = timedelta(days=14)
"""What the season of the week and the spread are taken from."""
REFRACTORY = DAY / 2
"""What surprised in the last half day does not start another alarm."""
REACH = REFRACTORY + HOUR + WEEKS + LEVEL + LEVEL + HOUR
"""A row reads this far back: what is expected is made in steps, each from the earlier rows' step before."""

DISPERSION = 0.03
"""How much the hours of any series differ beyond chance, at least: the variance of a count c is taken as c + 0.03·c². Counts
below 30 an hour are mostly chance, and series of that size need a great change to surprise. Chosen among 0.03, 0.1 and 0.3
(docs/scoreboard.md); the spread of the series itself comes on top."""
SMOOTHING = timedelta(hours=3)
FALL = 0.8
"""A series falls when its smoothed rate is below this share of its highest of the last day: less is a wobble."""
OCCASIONS = 3
"""Occasions (days, weeks) at which a season that was seen so often is half believed."""
PRIOR_HOURS = 24
"""Hours of ordinary spread that every series is given to begin with."""
SCORE_HALF = 3.5
"""The surprise, in standard deviations, that scores 50: of simulated ordinary hours less than 1 in 1,000 has it."""
THRESHOLD = 50
"""From this score on a bucket is surprising."""
SIZES = {"niche": 100, "known": 10_000}
"""Size classes by their upper end, per hour; what is larger is mainstream."""

_UNIT = 10_000
"""Steps of a standard deviation in which levels are summed: whole numbers, whose sums are the same in any order."""
_DAILY, _WEEKLY = "hour(bucket_start)", "hour(bucket_start), dayofweek(bucket_start)"
_ROOT = DISPERSION**0.5
_ZERO = 3 / 8
"""Anscombe's constant: with it the spread of small counts is nearly that of large ones."""


def steadied(rate: str) -> str:
    """Return the SQL of a rate on a scale where chance has a standard deviation of 1, whatever the rate; 0 stays 0.

    The variance-stabilizing transform of the negative binomial (Anscombe 1948): a square root for small counts, a logarithm
    for large ones.
    """
    return f"(asinh(sqrt({DISPERSION} * ({rate} + {_ZERO}))) - asinh(sqrt({DISPERSION * _ZERO}))) * {2 / _ROOT}"


def unsteadied(level: str) -> str:
    """Return the SQL of the rate that has this level, at least 0."""
    return f"power(sinh({level} * {_ROOT / 2} + asinh(sqrt({DISPERSION * _ZERO}))), 2) / {DISPERSION} - {_ZERO}"


def rated_sql(series: str, bucket: timedelta) -> str:
    """Return the query that adds `rate` to a relation of series: the mean of the last hour's known buckets, per hour.

    It is null where the bucket is unknown.

    Raises:
        ValueError: the hour is not a whole number of buckets.
    """
    if bucket <= timedelta(0) or HOUR % bucket:
        raise ValueError(f"A bucket of {bucket} does not divide the hour; take one of 1, 5, 15 or 60 minutes, say.")
    if bucket == HOUR:
        return f"SELECT *, CASE WHEN known THEN value::DOUBLE END AS rate FROM {series}"
    return f"""
    SELECT *, CASE WHEN known THEN avg(round(value * {_UNIT})) FILTER (known) OVER hour / {_UNIT} * {HOUR // bucket} END AS rate
    FROM {series} WINDOW hour AS ({window(HOUR - bucket, timedelta(0))})"""


def window(first: timedelta, last: timedelta, occasion: str = "") -> str:
    """Return the window over a series' rows from `first` to `last` before a row, both included.

    `occasion` narrows it to the rows that agree with the row in that expression.
    """
    partition = ", ".join(filter(None, ("series", occasion)))
    reach = " AND ".join(f"INTERVAL {int(part.total_seconds())} SECOND PRECEDING" for part in (first, last))
    return f"PARTITION BY {partition} ORDER BY bucket_start RANGE BETWEEN {reach}"


def score_sql(series: str, bucket: timedelta = HOUR) -> str:
    """Return the query that scores a relation of series (see the module) whose buckets have this length.

    The result has all its columns and those below, amounts per hour. They are null where the bucket is unknown, and, but for
    rate, course and reason, where nothing is known of what was before.

    rate          what happened in the last hour
    expected      what was expected of it: the level of the last week, moved by hour of the day and hour of the week
    surprise      rate, without what may be rounding, beside expected, in standard deviations; or, if greater, that of this hour
                  and the one before together (Stouffer 1949): what grows steadily surprises in no hour alone
    growth_ratio  (rate + 1) / (expected + 1)
    is_highest    more than in any known hour of the last week
    size_class    niche, known or mainstream
    course        1 while the mean of the last three hours is the highest of the last day, -1 once it has lost a fifth of
                  that, else 0
    score         0-100, 50 at a surprise of 3.5
    recent_score  the highest score of the `REFRACTORY` before; null when there is none
    reason        all that in one sentence

    Raises:
        ValueError: the hour is not a whole number of buckets.
    """
    share = bucket / HOUR
    season = f"{{0}} * {share} / (coalesce({{1}}, 0) * {share} + {OCCASIONS})"
    daily = season.format("sum(off_level) OVER days", "count(off_level) OVER days")
    weekly = season.format("sum(off_day) OVER weeks", "count(off_day) OVER weeks")
    return f"""
    WITH rated AS ({rated_sql(series, bucket)}),
    steadied AS (
        SELECT *, round({steadied("rate")} * {_UNIT}) AS steady,
            round({steadied("(rate - least(doubt, rate))")} * {_UNIT}) AS sure, known::INTEGER + empty_before AS buckets
        FROM rated),
    levelled AS (
        SELECT *, max(rate) OVER week AS highest_before,
            {_buckets("week", LEVEL, bucket)} AS week_buckets,
            coalesce(sum(steady) OVER week, 0) / nullif(week_buckets, 0) AS level
        FROM steadied WINDOW week AS ({window(LEVEL, bucket)})),
    by_level AS (SELECT *, round(steady - level) AS off_level FROM levelled),
    by_day AS (
        SELECT *, coalesce(round({daily}), 0) AS daily, off_level - daily AS off_day
        FROM by_level WINDOW days AS ({window(LEVEL, DAY / 2, _DAILY)})),
    by_week AS (
        SELECT *, coalesce(round({weekly}), 0) AS weekly
        FROM by_day WINDOW weeks AS ({window(WEEKS, LEVEL / 2, _WEEKLY)})),
    spread AS (
        SELECT *, {_buckets("past", WEEKS, bucket)} * {share} AS past_hours,
            coalesce(sum(off_day * off_day) OVER past, 0) / {_UNIT**2} * {share} AS squares,
            (squares + {PRIOR_HOURS}) / (past_hours + {PRIOR_HOURS}) AS variance
        FROM by_week WINDOW past AS ({window(WEEKS, bucket)})),
    surprised AS (
        SELECT *, CASE WHEN level + daily + weekly > 0 THEN level + daily + weekly ELSE 0 * level END AS expected_level,
            round({unsteadied(f"expected_level / {_UNIT}")}, 4) AS expected_rate,
            sqrt(greatest(variance, 1) * (1 + 1 / (week_buckets * {share}))) * {_UNIT} AS deviation,
            round((sure - expected_level) / deviation * {_UNIT}) AS alone
        FROM spread),
    together AS (
        SELECT *, (alone + max(alone) OVER ({window(HOUR, HOUR)})) / sqrt(2) AS summed,
            CASE WHEN alone IS NOT NULL THEN round(greatest(alone, summed) / {_UNIT}, 4) END AS surprise
        FROM surprised),
    scored AS (
        SELECT *, avg(round(rate * {_UNIT})) OVER smooth AS smooth_rate,
            CASE WHEN surprise IS NOT NULL THEN expected_rate END AS expected,
            CASE WHEN surprise > 0 THEN round(100 * (1 - power(2, -surprise / {SCORE_HALF})), 4) ELSE 0 * surprise END AS score
        FROM together WINDOW smooth AS ({window(SMOOTHING - bucket, timedelta(0))}))
    SELECT * EXCLUDE (steady, sure, buckets, level, week_buckets, highest_before, off_level, daily, off_day, weekly, past_hours,
            squares, variance, expected_level, expected_rate, deviation, alone, summed, smooth_rate),
        round((rate + 1) / (expected + 1), 4) AS growth_ratio,
        CASE WHEN surprise IS NOT NULL THEN rate > coalesce(highest_before, 0) END AS is_highest,
        {_size_class()} AS size_class,
        {_course()} AS course,
        {recent_score(bucket)} AS recent_score,
        {_reason(share)} AS reason
    FROM scored WINDOW day AS ({window(DAY, timedelta(0))})"""


def recent_score(bucket: timedelta) -> str:
    """Return the SQL of the highest score in the `REFRACTORY` before a row.

    A row is an **alarm** at a threshold that its score reaches and its recent score does not: one alarm for each burst.
    """
    return f"max(score) OVER ({window(REFRACTORY, bucket)})"


def _buckets(name: str, length: timedelta, bucket: timedelta) -> str:
    """Return the SQL of the known buckets in the window of that name and length, which ends before the row."""
    return f"least(coalesce(sum(buckets) OVER {name}, 0) + empty_before, {length // bucket})"


def _size_class() -> str:
    cases = " ".join(f"WHEN rate < {limit} THEN '{name}'" for name, limit in SIZES.items())
    return f"CASE WHEN surprise IS NULL THEN NULL {cases} ELSE 'mainstream' END"


def _course() -> str:
    highest = "max(CASE WHEN known THEN smooth_rate END) OVER day"
    return f"""CASE WHEN NOT known THEN NULL
        WHEN smooth_rate < {FALL} * {highest} THEN -1 WHEN smooth_rate = {highest} AND smooth_rate > 0 THEN 1 ELSE 0 END"""


def _reason(share: float) -> str:
    days = f"week_buckets * {share} / 24"
    lasting = (
        f"CASE WHEN {days} < 2 THEN format('{{:.0f}} h', ceil({days} * 24)) ELSE format('{{:.0f}} days', floor({days})) END"
    )
    return f"""CASE
        WHEN NOT known THEN 'Not known.'
        WHEN surprise IS NULL THEN 'Seen for the first time where nothing was watched before.'
        ELSE concat(format('{{:,.0f}} an hour, {{:,.0f}} expected', rate, expected),
            CASE WHEN rate > coalesce(highest_before, 0) THEN concat(', highest in ', {lasting}) ELSE '' END,
            format(', on {{}} surface{{}}', surfaces, CASE surfaces WHEN 1 THEN '' ELSE 's' END),
            CASE WHEN authors IS NULL THEN ''
                ELSE format(', by {{}} author{{}}', authors, CASE authors WHEN 1 THEN '' ELSE 's' END) END, '.') END"""


def cluster_series_sql(buckets: str, coverage: str) -> str:
    """Return the query that makes series of `cluster_buckets`, one per `key_hash`; `coverage` says what was watched.

    Both relations begin `REACH` before the hours that are asked about. Hours without a row, before the first sight of a cluster
    and after six silent ones, count as empty as far as one of the row's watchers was good in them; before first sight only if
    the first row has new posts: what a list says of its entries (uses, volumes) was unknown while they were not on it.
    """
    return f"""
    WITH followed AS (
        SELECT *, CASE WHEN hour = first_seen_hour THEN hour - INTERVAL {LEVEL // HOUR + 1} HOUR
            ELSE lag(hour) OVER course END AS hour_before
        FROM {buckets} WINDOW course AS (PARTITION BY key_hash ORDER BY hour)),
    watched AS (
        SELECT key_hash, row.hour, count(DISTINCT past.hour) AS empty_before
        FROM (
            SELECT key_hash, hour, hour_before, unnest(watchers) AS surface
            FROM followed
            WHERE hour_before < hour - INTERVAL 1 HOUR AND (artifact_count > 0 OR hour IS DISTINCT FROM first_seen_hour)) AS row
        JOIN (SELECT surface, hour FROM {coverage} WHERE status = 'good') AS past
            ON past.surface = row.surface AND past.hour > row.hour_before AND past.hour < row.hour
        GROUP BY key_hash, row.hour)
    SELECT key_hash AS series, hour AS bucket_start, activity AS value, 0 AS doubt, complete AS known,
        coalesce(empty_before, 0) AS empty_before, len(surfaces) AS surfaces,
        CASE WHEN authored_count > 0 THEN unique_authors END AS authors
    FROM followed LEFT JOIN watched USING (key_hash, hour)"""
