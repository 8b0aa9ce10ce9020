// autocannon with a tenant on each request, each answer checked for being that tenant's.
// Environment: URL, TENANTS (a JSON file), CONNECTIONS, SECONDS; RATE, for an open loop as -C has it.
// Prints latencies in milliseconds.
'use strict';

const autocannon = require('autocannon');
const tenants = JSON.parse(require('fs').readFileSync(process.env.TENANTS, 'utf8'));
const connections = Number(process.env.CONNECTIONS);
const share = Math.ceil(tenants.length / connections);

let foreign = 0;
const requests = tenants.map((tenant) => ({
    method: 'GET',
    headers: {
        'X-Tenant-ID': tenant.id,
        Authorization: `Bearer ${tenant.users[0].token}`,
    },
    onResponse(status, body) {
        if (status !== 200 || !body.includes(tenant.id)) foreign += 1;
    },
}));

// Each connection goes round its share of the tenants: to prepare all of them for each would cost
// more than the run.
let next = 0;
autocannon(
    {
        url: process.env.URL,
        connections,
        duration: Number(process.env.SECONDS),
        ...(process.env.RATE && {
            overallRate: Number(process.env.RATE),
            ignoreCoordinatedOmission: true,
        }),
        setupClient(client) {
            const first = (next * share) % tenants.length;
            client.setRequests(requests.slice(first, first + share));
            next += 1;
        },
    },
    (error, result) => {
        if (error || foreign > 0 || result.errors > 0) {
            console.error(error || `${foreign} foreign answers, ${result.errors} errors`);
            process.exitCode = 1;
        } else {
            const { p50, p99, max } = result.latency;
            console.log(JSON.stringify({ p50, p99, max }));
        }
    },
);
