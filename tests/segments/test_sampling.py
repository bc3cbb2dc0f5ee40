from hashlib import md5

import ibis
import numpy as np
import pandas as pd

from saydo.segments.sampling import sample


def customers(n: int) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], "spend": np.arange(float(n))})


def test_the_sample_is_of_the_first_digests_in_their_order():
    found = sample(ibis.memtable(customers(300)), 40)
    by_digest = sorted(customers(300)["customer_id"], key=lambda key: md5(key.encode()).hexdigest())
    assert list(found["customer_id"]) == by_digest[:40]
    assert list(found["spend"]) == [float(key[1:]) for key in by_digest[:40]]
    assert list(found.columns) == ["customer_id", "spend"]


def test_shuffled_rows_give_the_same_sample():
    frame = customers(200)
    again = frame.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        sample(ibis.memtable(frame), 50), sample(ibis.memtable(again), 50)
    )


def test_fewer_customers_than_wanted_are_all_taken():
    assert sorted(sample(ibis.memtable(customers(5)), 9)["spend"]) == [0, 1, 2, 3, 4]


def test_ids_that_are_numbers_are_sampled_by_their_digits():
    frame = pd.DataFrame({"customer_id": [1, 2, 3]})
    as_text = frame.assign(customer_id=["1", "2", "3"])
    found, of_text = sample(ibis.memtable(frame), 2), sample(ibis.memtable(as_text), 2)
    assert list(found["customer_id"].astype(str)) == list(of_text["customer_id"])


def test_a_sample_stands_for_all():
    # 2,000 of 20,000: the mean of 0 … 19,999 is 9,999.5, of a sample within 4 × 5,774 / √2,000.
    mean = sample(ibis.memtable(customers(20_000)), 2000)["spend"].mean()
    assert abs(mean - 9999.5) < 4 * 5774 / 2000**0.5
