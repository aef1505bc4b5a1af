"""The test of docs/comparison.md, literally, with numpy and scipy; and Apache Otava's change points.

Reads what `scripts/measure-statistics` measured, does the same, and prints CPU times, ratios and the largest difference.
"""

import json
import sys
import time

import numpy as np
from otava.analysis import compute_change_points
from scipy.optimize import brentq
from scipy.stats import t as student

NU, PRIOR_BOOTS, PRIOR_SPREAD, JITTER = 8.0, 1.0, 0.02, 0.005


def fit(y, new, free, start=None):
    """The largest likelihood of one group: shift, variance, log likelihood, level."""
    boots, prior = len(y), PRIOR_BOOTS * PRIOR_SPREAD**2
    if start is None:
        level = np.median(y[new == 0])
        shift = np.median(y[new == 1] - level) if free else 0.0
        r = y - level - shift * new
        variance = max((1.4826 * np.median(abs(r))) ** 2, 0.1 * np.mean(r * r))
        variance = max((boots * variance + prior) / (boots + PRIOR_BOOTS), 1e-12)
    else:
        level, variance = start
        shift, r = 0.0, y - level
    for _ in range(500):
        before = level, shift, variance
        w = (NU + 1) / (NU + r * r / variance)
        all_w, new_w = w.sum(), (w * new).sum()
        if free:
            shift = ((w * y * new).sum() - new_w * (w * y).sum() / all_w) / (new_w - new_w**2 / all_w)
        level = ((w * y).sum() - shift * new_w) / all_w
        r = y - level - shift * new
        variance = max(((w * r * r).sum() + prior) / (boots + PRIOR_BOOTS), 1e-12)
        moved = max(abs(level - before[0]), abs(shift - before[1]))
        if moved < 1e-11 * variance**0.5 and abs(variance - before[2]) < 1e-11 * variance:
            break
    log_likelihood = -(boots + PRIOR_BOOTS) / 2 * np.log(variance) - prior / (2 * variance)
    log_likelihood -= (NU + 1) / 2 * np.log1p(r * r / (variance * NU)).sum()
    return shift, variance, log_likelihood, level


def test(y, new, delta=0.0):
    """t, degrees of freedom, effect, standard error."""
    z = y - delta * new
    effect, variance, free, _ = fit(z, new, True)
    _, fixed_variance, fixed, level = fit(z, new, False)
    if free < fixed:
        other = fit(z, new, True, (level, fixed_variance))
        if other[2] > free:
            effect, variance, free, _ = other
    boots, news = len(y), new.sum()
    df = max(boots - 2, 0.5) + PRIOR_BOOTS * PRIOR_SPREAD**2 / (PRIOR_SPREAD**2 + variance / 4)
    ratio = np.sqrt(df * np.expm1(2 * max(0.0, free - fixed) / (boots + PRIOR_BOOTS)))
    if ratio < 1e-4:
        own = np.sqrt(1.25 * variance * boots / (news * (boots - news)))
    else:
        own = abs(effect) / ratio
    total = own**2 + JITTER**2
    return effect / np.sqrt(total), df * total**2 / own**4, effect + delta, np.sqrt(total)


def p_value(y, new, delta):
    t, df, _, _ = test(y, new, delta)
    return 2 * student.sf(abs(t), df)


def bound(y, new, effect, se, side):
    """Where p falls to 0.1, on one side."""
    distance = 2 * se
    while p_value(y, new, effect + side * distance) >= 0.1:
        distance *= 1.6
    return brentq(lambda delta: p_value(y, new, delta) - 0.1, effect, effect + side * distance, xtol=1e-12)


def compare(measured):
    differences = np.zeros(2)
    start = time.process_time()
    for (past, new), (t, df, p, interval) in zip(measured["sides"], measured["answers"]):
        y, side = np.log(past + new), np.r_[np.zeros(len(past)), np.ones(len(new))]
        own_t, own_df, effect, se = test(y, side)
        own_p = 2 * student.sf(abs(own_t), own_df)
        ends = [bound(y, side, effect, se, sign) for sign in (-1, 1)]
        found = max(abs(own_t - t), abs(own_df / df - 1), abs(own_p - p)), max(abs(np.subtract(ends, interval)))
        differences = np.maximum(differences, found)
    taken = 1e3 * (time.process_time() - start)
    print(f"the same test with numpy and scipy: {taken:.0f} ms, {taken / measured['compare']:.0f} times as long")
    print(f"largest difference of t, df, p: {differences[0]:.1e}; of the bounds: {differences[1]:.1e}")


def changes(measured):
    count = failed = 0
    start = time.process_time()
    for series in measured["series"]:
        try:
            # It takes a list: at a numpy array it fails with a ValueError.
            count += len(compute_change_points(series, max_pvalue=1e-6)[0])
        except ValueError:
            failed += 1
    taken = 1e3 * (time.process_time() - start)
    print(f"Apache Otava, p 1e-6: {taken:.0f} ms, {taken / measured['changes']:.0f} times as long")
    print(f"{count} change points, {failed} series that it fails at")


with open(sys.argv[1], encoding="utf-8") as file:
    measured = json.load(file)
compare(measured)
changes(measured)
