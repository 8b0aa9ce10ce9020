// k6 with a tenant on each request, each answer checked for being that tenant's.
// Environment: URL, TENANTS (a JSON file). Which scenario runs is said on the command line, or by
// RATE, SECONDS and VUS: an open loop.
import http from 'k6/http';
import { check } from 'k6';
import { SharedArray } from 'k6/data';

const tenants = new SharedArray('tenants', () => JSON.parse(open(__ENV.TENANTS)));

export const options = {
    thresholds: { checks: ['rate==1'] },
    summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
    ...(__ENV.RATE && {
        scenarios: {
            open: {
                executor: 'constant-arrival-rate',
                rate: Number(__ENV.RATE),
                timeUnit: '1s',
                duration: `${__ENV.SECONDS}s`,
                preAllocatedVUs: Number(__ENV.VUS),
                maxVUs: Number(__ENV.VUS),
            },
        },
    }),
};

export default function () {
    const tenant = tenants[Math.floor(Math.random() * tenants.length)];
    const answer = http.get(__ENV.URL, {
        headers: {
            'X-Tenant-ID': tenant.id,
            Authorization: `Bearer ${tenant.users[0].token}`,
        },
    });
    check(answer, {
        "is the tenant's own": (r) => r.status === 200 && r.body.includes(tenant.id),
    });
}
