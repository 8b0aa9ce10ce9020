#include "harness/drill/command_hosts.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

using hosts = std::set<std::string>;

TEST(CommandHosts, UrlsNameTheirHostWithoutUserAndPort)
{
    EXPECT_EQ(
        hosts_in_command({"migrate", "postgres://u:p%40@db.prod.example:5432/x?sslmode=require"}),
        hosts{"db.prod.example"}
    );
    EXPECT_EQ(hosts_in_command({"curl", "-sf", "http://[::1]:8080/up"}), hosts{"::1"});
    EXPECT_EQ(
        hosts_in_command({"dump", "--uri=mongodb://a.example:1,b.example:2/x"}),
        (hosts{"a.example", "b.example"})
    );
    EXPECT_EQ(hosts_in_command({"cat", "file:///etc/hosts", "http+unix://%2Frun%2Fx"}), hosts{});
}

TEST(CommandHosts, AShellsTextIsLookedThrough)
{
    EXPECT_EQ(
        hosts_in_command(
            {"sh", "-c", "PGHOST=db.example psql -c 'select 1' && curl https://api.example/x"}
        ),
        (hosts{"db.example", "api.example"})
    );
    EXPECT_EQ(
        hosts_in_command({"bash", "-c", "pg_dump -h db2.example shop > /tmp/shop"}),
        hosts{"db2.example"}
    );
}

TEST(CommandHosts, OptionsOfWellKnownClientsAreKnown)
{
    EXPECT_EQ(
        hosts_in_command({"/usr/bin/psql", "-h", "10.1.2.3", "-p", "5432"}), hosts{"10.1.2.3"}
    );
    EXPECT_EQ(hosts_in_command({"pg_restore", "--host=db.example"}), hosts{"db.example"});
    EXPECT_EQ(hosts_in_command({"psql", "host=db.example dbname=x"}), hosts{"db.example"});
    EXPECT_EQ(
        hosts_in_command({"redis-cli", "-hcache.example", "FLUSHALL"}), hosts{"cache.example"}
    );
    EXPECT_EQ(
        hosts_in_command({"ssh", "-p", "22", "-A", "deploy@web1", "systemctl restart app"}),
        hosts{"web1"}
    );
    EXPECT_EQ(hosts_in_command({"scp", "a/b:c", "root@web2:/etc/x"}), hosts{"web2"});
}

TEST(CommandHosts, WhatNamesNoHostIsLeftAlone)
{
    EXPECT_EQ(hosts_in_command({"alembic", "downgrade", "-1"}), hosts{});
    EXPECT_EQ(hosts_in_command({"psql", "-h", "/run/postgresql", "-c", "select 1"}), hosts{});
    EXPECT_EQ(hosts_in_command({"grep", "-h", "pattern", "file"}), hosts{});
    EXPECT_EQ(hosts_in_command({"psql", "host=/run/postgresql"}), hosts{});
    EXPECT_EQ(hosts_in_command({}), hosts{});
}

TEST(CommandHosts, VariablesThatLeadElsewhereAreKnown)
{
    EXPECT_EQ(
        hosts_in_variable("DATABASE_URL", "postgres://u:p@db.example/x"), hosts{"db.example"}
    );
    EXPECT_EQ(hosts_in_variable("PGHOST", "db.example"), hosts{"db.example"});
    EXPECT_EQ(hosts_in_variable("PGHOST", "/run/postgresql"), hosts{});
    EXPECT_EQ(hosts_in_variable("TOKEN", "db.example"), hosts{});
    EXPECT_EQ(hosts_in_variable("DSN", "dbname=x host=db.example"), hosts{"db.example"});
}

TEST(CommandHosts, EveryPhaseIsLookedAtAndVariablesOnlyWhereCommandsAreRun)
{
    plan p;
    std::map<std::string, std::string> const given{{"DATABASE_URL", "postgres://db.example/x"}};
    EXPECT_EQ(hosts_of_commands(p, given), hosts{});

    step s;
    s.action = command_step{{"curl", "http://far.example/"}};
    p.stages.push_back({"10 %", {s}, {}});
    EXPECT_EQ(hosts_of_commands(p, given), (hosts{"db.example", "far.example"}));
}

} // namespace watertight::drill
