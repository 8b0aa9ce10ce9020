-- wrk with a tenant on each request and a search of each answer for a constant: all that wrk can
-- do, since it doesn't tell a script which request an answer belongs to.
--   wrk -s wrk.lua URL -- TENANTS.tsv     (a line per tenant: id, tab, token)

local requests = {}
local position = 0

function init(args)
    for line in io.lines(args[1]) do
        local id, token = line:match("^(%S+)\t(%S+)$")
        requests[#requests + 1] = wrk.format("GET", nil, {
            ["Host"] = wrk.headers["Host"],
            ["X-Tenant-ID"] = id,
            ["Authorization"] = "Bearer " .. token,
        })
    end
end

function request()
    position = position % #requests + 1
    return requests[position]
end

-- Global, so that `done` can ask each thread for its own.
unclean = 0

function response(status, headers, body)
    if status ~= 200 or body:find("WT-CANARY-", 1, true) then unclean = unclean + 1 end
end

local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
end

function done(summary)
    local sum = summary.errors.status
    for _, thread in ipairs(threads) do sum = sum + (thread:get("unclean") or 0) end
    if sum > 0 then
        io.stderr:write(sum .. " unclean answers\n")
        os.exit(1)
    end
end
