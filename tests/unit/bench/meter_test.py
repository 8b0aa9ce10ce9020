"""How: what ci/bench computes and reads, on numbers and reports that are written down here."""

import datetime
import json
import sys
import time
import unittest

from meter import (figures, honesty, instructions, memory, peers, process, rates, readme, scanner,
                   server, syscalls, workload)
from meter.figures import Figure


class Figures(unittest.TestCase):
    def test_ratio_is_the_median_of_the_rounds_own_ratios(self):
        # Slow rounds are slow for both; the medians' ratio would be 6 / 5.
        seen = figures.compare('x', [(1, 2), (6, 5), (40, 80)], 0.6, 's')
        self.assertEqual(seen.ratio, 0.5)
        self.assertEqual(seen.spread, (0.5, 1.2))
        self.assertEqual((seen.ours, seen.theirs), (6, 5))
        self.assertTrue(seen.met)

    def test_target_that_is_missed_is_not_met(self):
        self.assertFalse(figures.compare('x', [(9, 10)], 0.85, 's').met)
        self.assertFalse(figures.limit('x', 1.3, 1.2, 's').met)
        self.assertTrue(figures.limit('x', 1.2, 1.2, 's').met)

    def test_without_a_round_nothing_is_met(self):
        seen = figures.compare('x', [], 0.85, 's', 'not installed')
        self.assertIsNone(seen.met)
        self.assertEqual(seen.note, 'not installed')

    def test_line_of_json_has_all_that_is_asked(self):
        seen = json.loads(figures.compare('x', [(1, 3)], 0.85, 's').as_json())
        self.assertLessEqual({'name', 'ours', 'theirs', 'ratio', 'spread', 'target', 'met'},
                             set(seen))
        self.assertEqual(seen['ratio'], 0.333333)

    def test_table_has_a_row_a_figure(self):
        lines = figures.table([Figure('a', ours=1234.5), Figure('b', met=False)]).splitlines()
        self.assertEqual(len(lines), 3)
        self.assertIn('1,234', lines[1])
        self.assertIn('NO', lines[2])


HEY = """
Summary:
  Total:\t10.0021 secs
  Slowest:\t0.9821 secs
  Fastest:\t0.0001 secs

Latency distribution:
  10%% in 0.0003 secs
  50%% in 0.0014 secs
  95%% in 0.0060 secs
  99%% in 0.0250 secs
""".replace('%%', '%')

OHA = """
  Slowest:\t1.0021 sec
  50.00% in 0.0722 ms
  95.00% in 568.1748 ms
  99.00% in 902.7427 ms
  99.90% in 1001.1675 ms
"""

K6 = """
    http_req_duration..............: med=169.49µs p(95)=12.78ms p(99)=36.69ms max=1.2s
      { expected_response:true }...: med=1.49µs p(95)=1.78ms p(99)=3.69ms max=6.27ms
    http_req_failed................: 0.00%  0 out of 6001
"""

FORTIO = json.dumps({'DurationHistogram': {'Max': 1.5, 'Percentiles': [
    {'Percentile': 50, 'Value': 0.0005}, {'Percentile': 99, 'Value': 0.009}]}})


class Reports(unittest.TestCase):
    def test_durations_of_all_units(self):
        self.assertEqual(peers.milliseconds('0.5 secs'), 500)
        self.assertEqual(peers.milliseconds('250µs'), 0.25)
        self.assertEqual(peers.milliseconds('1m2.5s'), 62500)
        with self.assertRaises(ValueError):
            peers.milliseconds('soon')

    def test_latencies_of_each_peer(self):
        self.assertEqual(peers.latencies_ms('hey', HEY),
                         {'p50': 1.4, 'p95': 6.0, 'p99': 25.0, 'max': 982.1})
        self.assertEqual(peers.latencies_ms('oha', OHA),
                         {'p50': 0.0722, 'p95': 568.1748, 'p99': 902.7427, 'max': 1002.1})
        seen = peers.latencies_ms('k6', K6)
        self.assertAlmostEqual(seen['p50'], 0.16949)
        self.assertEqual((seen['p99'], seen['max']), (36.69, 1200))
        self.assertEqual(peers.latencies_ms('fortio', 'log\n' + FORTIO),
                         {'p50': 0.5, 'p99': 9.0, 'max': 1500.0})

        self.assertEqual(peers.latencies_ms('autocannon', '{"p50":0,"p99":12,"max":1003}\n'),
                         {'p50': 0, 'p99': 12, 'max': 1003})

    def test_percentiles_of_single_latencies(self):
        seen = peers.percentiles_ms(list(range(1000, 101000, 1000)))
        self.assertEqual(seen, {'p50': 51, 'p95': 96, 'p99': 100, 'max': 100})

    def test_requests_that_nginx_counted(self):
        text = 'server accepts handled requests\n 68 69 262339 \nReading: 0 Writing: 1\n'
        self.assertEqual(server.parse_status(text), 262339)
        with self.assertRaises(process.Failed):
            server.parse_status('404')

    def test_calls_that_strace_counted(self):
        text = ('% time     seconds  usecs/call     calls    errors syscall\n'
                '------ ----------- ----------- --------- --------- ----------------\n'
                ' 50.00    0.000100           1      2000       900 recvfrom\n'
                ' 40.00    0.000080           1      1000           sendto\n'
                ' 10.00    0.000020           1        10         1 mmap\n'
                '------ ----------- ----------- --------- --------- ----------------\n'
                '100.00    0.000200           1      3010       901 total\n')
        calls = syscalls.parse_summary(text)
        self.assertEqual(calls, {'recvfrom': 2000, 'sendto': 1000, 'mmap': 10})
        self.assertEqual(syscalls.by_kind(calls),
                         {'send': 1000, 'receive': 2000, 'wait': 0, 'other': 10})


PROFILE = """events: Ir
fn=(1) main
10 5
cfn=(2) watertight::evidence::(anonymous namespace)::scan(char const*, int)
calls=3 20
11 100
fn=(2)
20 60
+1 10
cfn=(3) memchr
calls=3 1
* 30
fn=(3)
1 30
fn=(4) std::vector<watertight::evidence::word>::push_back(watertight::evidence::word const&)
1 7
totals: 112
"""


class Profiles(unittest.TestCase):
    def test_name_space_is_counted_with_what_it_calls(self):
        # Its name is written out where main calls it, and nowhere else.
        self.assertEqual(instructions.read_profile(PROFILE.splitlines()), (112, 100))

    def test_plain_name_is_the_functions_own(self):
        self.assertEqual(instructions.plain_name('a::b* std::f<a::b>(a::b const&)'), 'std::f')
        self.assertEqual(instructions.plain_name('a::(anonymous namespace)::f(int)'),
                         'a::anonymous::f')

    def test_share_of_samples_counts_those_of_the_kernel_and_without_a_name(self):
        samples = (['  9b1d90 watertight::evidence::scan_pass::run'] * 300 +
                   ['  8ee1d3 watertight::traffic::recorder::record'] * 100 +
                   [' ffffffff81e72606 dst_release'] * 595 + ['  7fd91aa90f02'] * 5)
        self.assertAlmostEqual(scanner.share_of(samples), 0.3)

    def test_too_few_samples_are_no_share(self):
        with self.assertRaises(process.Failed):
            scanner.share_of(['  9b1d90 watertight::evidence::scan_pass::run'] * 999)

    def test_bounds_are_kept_for_each_body(self):
        self.assertEqual(set(instructions.bounds()), set(workload.BODIES))


class Honesty(unittest.TestCase):
    def test_truth_of_a_server_that_recovers_at_once(self):
        fast = 1e12
        self.assertAlmostEqual(honesty.truth_ms(0.95, 5000, 10, 1, fast), 500, 3)
        self.assertAlmostEqual(honesty.truth_ms(0.99, 5000, 10, 1, fast), 900, 3)
        self.assertAlmostEqual(honesty.truth_ms(1, 5000, 10, 1, fast), 1000, 3)
        self.assertEqual(honesty.truth_ms(0.5, 5000, 10, 1, fast), 0)

    def test_truth_of_a_server_with_a_backlog_is_that_of_a_queue(self):
        # One request after the other, each served when the server is free and not stopped.
        free, waits = 0.0, []
        for number in range(50000):
            due = number / 5000
            free = max(free, due, 5.0 if due >= 4 else 0) + 1 / 20000
            waits.append(free - due)
        waits.sort()
        for quantile in (0.95, 0.99):
            expected = waits[int(quantile * len(waits))] * 1e3
            self.assertAlmostEqual(honesty.truth_ms(quantile, 5000, 10, 1, 20000), expected, 0)

    def test_stall_is_read_from_the_log(self):
        before = [n / 5000 for n in range(20000)]
        after = [before[-1] + 1 + n / 40000 for n in range(20000)]
        stall = honesty.stall_of(before + after, 5000)
        self.assertAlmostEqual(stall.seconds, 1, 6)
        self.assertAlmostEqual(stall.drain_per_s, 40000, delta=100)


class Samples(unittest.TestCase):
    def test_dispersion_of_even_arrivals_is_small(self):
        self.assertLess(rates.dispersion([n / 1000 for n in range(5000)], 0.02), 0.1)

    def test_dispersion_of_bursts_is_great(self):
        bursts = [second + n / 1e5 for second in range(10) for n in range(100)]
        self.assertGreater(rates.dispersion(bursts, 0.02), 10)

    def test_memory_is_read_before_the_report(self):
        samples = [(n / 10, 100 if n < 95 else 900) for n in range(100)]
        self.assertEqual(memory.steady(samples, 10), 100)


class Workload(unittest.TestCase):
    def test_bodies_have_their_size_and_name_the_tenant(self):
        for size in workload.BODIES.values():
            text = workload.body(size)
            text = text.replace('$http_x_tenant_id', workload.tenants(1)[0]['id'])
            self.assertEqual(len(text), size)
            self.assertEqual(json.loads(text)['tenantId'], workload.tenants(1)[0]['id'])

    def test_tenants_are_many_and_the_same_each_time(self):
        many = workload.tenants(1000)
        self.assertEqual(many, workload.tenants(1000))
        tokens = {t['users'][0]['token'] for t in many}
        self.assertEqual(len(tokens), 1000)
        self.assertTrue(all(180 <= len(token) <= 260 for token in tokens))


class Readme(unittest.TestCase):
    def test_what_was_not_measured_stays(self):
        day = datetime.date(2026, 11, 25)
        empty = f'before\n{readme.BEGIN}old\n{readme.END}\nafter\n'
        first = readme.replace(empty, [Figure('cost.wrk', ours=1), Figure('rates.a', ours=2)],
                               day, '2 cores')
        second = readme.replace(first, [Figure('cost.ab', ours=3)], day, '2 cores')
        self.assertTrue(second.startswith('before\n') and second.endswith('\nafter\n'))
        self.assertIn('| rates.a | 2.000 ', second)
        self.assertIn('| cost.ab | 3.000 ', second)
        self.assertNotIn('cost.wrk', second)
        self.assertIn('Measured on 2026-11-25: 2 cores.', second)


class Processes(unittest.TestCase):
    def test_cpu_time_is_counted(self):
        ended = process.run([sys.executable, '-c', 'sum(range(3000000))'], 30)
        self.assertEqual(ended.code, 0)
        self.assertGreater(ended.cpu_s, 0.01)
        self.assertGreater(ended.rss_peak_bytes, 1 << 20)

    def test_child_that_does_not_end_is_ended_with_its_own(self):
        begin = time.monotonic()
        with self.assertRaises(process.Failed):
            process.run(['sh', '-c', 'sleep 50 & echo $!; wait'], 0.3)
        self.assertLess(time.monotonic() - begin, 10)

    def test_failure_meanwhile_leaves_nothing(self):
        seen = []

        def during(child):
            seen.append(child.pid)
            raise process.Failed('no')

        with self.assertRaises(process.Failed):
            process.run(['sleep', '50'], 60, during=during)
        with self.assertRaises(ProcessLookupError):
            process.os.kill(seen[0], 0)


if __name__ == '__main__':
    unittest.main()
